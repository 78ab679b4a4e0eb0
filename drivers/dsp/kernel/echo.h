#ifndef HOTLINEBOX_ECHO_H
#define HOTLINEBOX_ECHO_H
#include <stdint.h>

enum {
    EC_TAPS = 256,         /* 32 ms of echo path */
    EC_FRAME = 160,
    EC_MOST_DELAY = 800,   /* 100 ms of pure delay before it */
    EC_ORDER = 10          /* of the predictor that whitens the far end's voice */
};

typedef struct {
    float far[EC_TAPS + EC_ORDER + EC_FRAME];    /* newest last */
    float delayed[EC_MOST_DELAY];
    float shadow[EC_TAPS];                       /* adapts all the time */
    float active[EC_TAPS];                       /* what cancels: the best shadow so far */
    float near_past[EC_ORDER];
    float shadow_power;                          /* smoothed energies of a frame's errors */
    float active_power;
    float near_power;
    float step;
    int32_t hold;                                /* samples for which a talker on the line stops adaptation */
    int32_t better_frames;
    int32_t worse_frames;
    int32_t harmful_frames;
} ec_port;

void ec_reset(ec_port *port);
void ec_step(ec_port *ports, const int16_t *received, const int16_t *sent, const uint8_t *armed, int port_count,
             int delay, int16_t *out);

#endif
