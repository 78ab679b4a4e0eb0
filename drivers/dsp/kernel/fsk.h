#ifndef HOTLINEBOX_FSK_H
#define HOTLINEBOX_FSK_H
#include <stdint.h>

enum {
    FSK_CAPACITY = 28800,  /* samples kept of a burst: 3.6 s */
    FSK_LONGEST = 258,     /* type, length, 255 bytes, checksum */
    FSK_TRY = 1,           /* worth a look, the carrier goes on */
    FSK_ENDED = 2,         /* the carrier has gone */
    FSK_GOOD = 1,          /* decode results: whole message, checksum right */
    FSK_BAD = 2,           /* a burst was there but cannot be read */
    FSK_NOTHING = 0,
    FSK_PARTIAL = 3        /* a message has begun and is not over */
};

/* On-hook audio of one line: a few frames while it is quiet, the whole burst while it is not. */
typedef struct {
    float memory[4];
    float floor_power;
    float loud_power;
    int32_t active;
    int32_t held;          /* a burst has ended and waits to be read: nothing is forgotten */
    int32_t quiet_frames;
    int32_t since_try;
    int32_t count;
    int64_t first_sample;  /* of samples[0], since the receiver began */
    int64_t active_sample; /* where the line last became loud */
    int16_t samples[FSK_CAPACITY];
} fsk_line;

typedef struct {
    double mark_hz;
    double space_hz;
    double baud;
} fsk_modem;

typedef struct {
    int32_t status;
    int32_t length;
    int32_t begin;         /* sample in the line's buffer where the message's first byte starts */
    int32_t end;           /* sample after its last bit */
    float mark_hz;         /* measured in the mark run before the message */
    uint8_t bytes[FSK_LONGEST];
} fsk_message;

/* Room for one reading: mark minus space at every sample, each scaled to its own strength, and what it is made of. */
typedef struct {
    float clean[FSK_CAPACITY];
    float value[FSK_CAPACITY];
    float mark_re[FSK_CAPACITY];
    float mark_im[FSK_CAPACITY];
    float space[FSK_CAPACITY];
    int32_t count;
    double bit;            /* samples per bit */
} fsk_scratch;

void fsk_reset(fsk_line *line);
int fsk_listen(fsk_line *lines, const int16_t *frames, const uint8_t *armed, int port_count, int64_t first_sample,
               float gate_power, uint8_t *flags);
void fsk_drop(fsk_line *line, int count);
void fsk_decode(const fsk_line *line, const fsk_modem *modem, fsk_scratch *soft, fsk_message *out);

#endif
