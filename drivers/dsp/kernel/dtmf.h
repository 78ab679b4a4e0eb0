#ifndef HOTLINEBOX_DTMF_H
#define HOTLINEBOX_DTMF_H
#include "dtmf_window.h"

#include <stddef.h>
#include <stdint.h>

enum { DTMF_RING = 32 };

typedef struct {
    int hops;            /* hops that carried the pair at its level */
    float explained;     /* power of the pair over all power that is not steady low-band tone */
    float twist;         /* power of the high tone over the low tone */
    float offset[2];     /* low, high: frequency error, share of the nominal frequency */
    float jitter[2];     /* 1 - coherence of the phase advance from hop to hop */
    float rival[2];      /* power of the next tone of the group over the chosen one */
    float before;        /* power just before the pair began over the power of the pair */
    float level;         /* mean power of the pair, squared sample units */
} dtmf_evidence;

typedef struct {
    float memory[4];                        /* of the high-pass */
    float samples[176];                     /* high-passed, the window of the newest hop */
    float re[32][8], im[32][8];             /* amplitude of each tone, by hop */
    float total[32];                        /* windowed mean power, by hop */
    float low[32];                          /* the part of it below 600 Hz, by hop */
    int64_t hop;                            /* hops since the port was armed */
    int64_t fresh;                          /* evidence counts from after this hop: the end of the last digit */
    int64_t barred;                         /* no digit before this hop */
    int64_t at;                             /* samples since the beginning */
    int silent;                             /* hops in a row that were below the gate */
    int digit;                              /* index of the pair that is on, or -1 */
    float odds;                             /* of the hop before */
    float held[2];                          /* power of its tones, followed slowly */
    int64_t began;
    int low_tone, high_tone;                /* pair of the newest evidence */
    dtmf_evidence evidence;
} dtmf_port;

typedef struct {
    int port;
    int digit;                              /* 4 * low + high */
    int64_t start;                          /* sample at which the tone began */
    int64_t end;                            /* sample at which it ended, or -1 at recognition */
} dtmf_event;

void dtmf_reset(dtmf_port *port);             /* port must have been zeroed once; its clock goes on */
int dtmf_step(dtmf_port *ports, const int16_t *frames, const uint8_t *armed, int count, int samples,
              dtmf_event *events, int room);

#endif
