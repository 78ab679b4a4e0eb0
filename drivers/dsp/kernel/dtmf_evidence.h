#ifndef HOTLINEBOX_DTMF_EVIDENCE_H
#define HOTLINEBOX_DTMF_EVIDENCE_H
#include "dtmf.h"

enum {
    DTMF_LEAST_HOPS = 7,    /* a tone of 35 ms always has seven hops above half amplitude, one of 30 ms never */
    DTMF_MOST_HOPS = 26,
    DTMF_NO_ODDS = -99
};

int dtmf_slot(int64_t hop);
float dtmf_tone_power(const dtmf_port *port, int64_t hop, int tone);
void dtmf_weigh(dtmf_port *port);                 /* what the hops up to now say for the pair that is strongest now */
float dtmf_odds(const dtmf_port *port);           /* that it is a digit: the natural logarithm, or DTMF_NO_ODDS */
int dtmf_third_tone(const dtmf_port *port);       /* whether one more tone is most of what the pair leaves over */

#endif
