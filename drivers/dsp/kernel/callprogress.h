#ifndef HOTLINEBOX_CALLPROGRESS_H
#define HOTLINEBOX_CALLPROGRESS_H
#include <stdint.h>

enum {
    CP_CHANNELS = 8,      /* frequencies watched at once */
    CP_BLOCK = 40,        /* samples per block: 5 ms */
    CP_WINDOW = 8,        /* blocks per sliding window: 40 ms, one period of a 25 Hz beat */
    CP_HISTORY = 32,      /* blocks kept, a power of two */
    CP_LAGS = 5,
    CP_STARTED = 1,       /* record kinds */
    CP_GROWN = 2,
    CP_ENDED = 3
};

/* One burst in one channel; times in blocks since the detector began. */
typedef struct {
    int32_t port;
    int32_t channel;
    int32_t kind;
    int32_t pad;
    int64_t start;
    int64_t end;
    float lag_re[CP_LAGS];   /* sums of z[b] * conj(z[b - m]) over the burst */
    float lag_im[CP_LAGS];
    float lag_norm;          /* sum of |z[b]| * |z[b - 1]| */
    float level;             /* mean power per sample of the tone */
    float purity;            /* tone power / all power, mean over the burst */
    float gap_level;         /* mean power per sample of everything in the pause before; negative if not known */
} cp_record;

/* Where a channel stands. */
typedef struct {
    int32_t on;
    int32_t age;             /* blocks since it came on or went off */
    int32_t below;           /* blocks under half the reference */
    int32_t told;            /* bit 0: CP_STARTED sent, bit 1: CP_GROWN sent */
    int64_t start;
    int64_t end;
    float reference;         /* window power of the tone, slow peak */
    float remembered;        /* reference of the last burst, fading */
    float lag_re[CP_LAGS];
    float lag_im[CP_LAGS];
    float lag_norm;
    float level_sum;
    float ratio_sum;
    float level_kept;        /* the sums as they were when the tone was last seen above half the reference */
    float ratio_kept;
    int32_t count;
    int32_t count_kept;
    float gap_sum;
    int32_t gap_count;
} cp_track;

typedef struct {
    float memory[4];
    int32_t quiet_blocks;
    int32_t busy_tracks;
    float total[CP_HISTORY];
    float power[CP_HISTORY][CP_CHANNELS];
    float re[CP_HISTORY][CP_CHANNELS];
    float im[CP_HISTORY][CP_CHANNELS];
    cp_track track[CP_CHANNELS];
} cp_port;

typedef struct {
    int32_t channels;
    float cosine[CP_BLOCK][CP_CHANNELS];
    float sine[CP_BLOCK][CP_CHANNELS];
    double cycles_per_block[CP_CHANNELS];
    float gain[CP_CHANNELS];        /* makes up for the block's droop at the plan's frequencies */
    int32_t grown_blocks[CP_CHANNELS]; /* report CP_GROWN at this age; 0 for never */
    float floor_power;              /* mean power per sample under which nothing is a tone */
    float gate;                     /* sample value under which a frame is silence */
} cp_plan;

void cp_plan_channel(cp_plan *plan, int channel, double frequency_hz, float gain, int grown_blocks);
void cp_reset(cp_port *port);
int cp_step(const cp_plan *plan, cp_port *ports, const int16_t *frames, const uint8_t *armed, int port_count,
            int64_t first_block, cp_record *out, int capacity);

#endif
