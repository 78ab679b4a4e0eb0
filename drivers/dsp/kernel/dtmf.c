/* DTMF receiver: from frames to digits on all ports. What it does and why: drivers/dsp/dtmf.py. */
#include "dtmf.h"

#include "dtmf_evidence.h"
#include "highpass.h"

#include <math.h>
#include <string.h>

enum {
    STEADY_HOPS = 24,       /* how long a low tone must have stood to be dial tone and not speech: 120 ms */
    RELEASE_LAG = 52,       /* samples from half amplitude, the end of the tone, to the dip that is seen, on average */
    BARRED_HOPS = 7         /* after a third tone was seen, until its end has left the window */
};

static const float GATE_POWER = 1660.0f;      /* -52 dBm0: below it no hop is looked at */
static const int HUSH = 40;                   /* -54 dBm0, peak: a port that sleeps goes on sleeping */
static const float STEADY_SPREAD = 2.5f;      /* most over least power of a steady tone */
static const float STEADY_DOUBT = 0.1f;       /* share of the steady power that counts against a digit all the same */
static const float SURE = 0.6f;               /* what the odds of one hop, or of two in a row, must come to */
static const float HELD_RATE = 0.2f;
static const float RELEASE_SHARE = 0.06f;     /* -12 dB: the digit is over */

void dtmf_reset(dtmf_port *port)
{
    const int64_t at = port->at;
    memset(port, 0, sizeof *port);
    port->digit = -1;
    port->at = at;
}

/* The part of the low band that has been there, steady, for as long as the ring reaches: dial tone, not speech. */
static float steady_low(const dtmf_port *port)
{
    if (port->hop < STEADY_HOPS)
        return 0.0f;
    float least = port->low[dtmf_slot(port->hop)], most = least, sum = 0.0f;
    for (int back = 0; back < STEADY_HOPS; back++) {
        const float low = port->low[dtmf_slot(port->hop - back)];
        least = low < least ? low : least;
        most = low > most ? low : most;
        sum += low;
    }
    return most < STEADY_SPREAD * least ? sum / STEADY_HOPS : 0.0f;
}

/* A hop with no digit on: look for one. Returns whether one began. */
static int seek(dtmf_port *port)
{
    dtmf_weigh(port);
    const float odds = dtmf_odds(port);
    const float both = odds + fminf(fmaxf(port->odds, 0.0f), SURE);
    port->odds = odds;
    if (odds <= 0.0f || both <= SURE)
        return 0;
    if (dtmf_third_tone(port))
        port->barred = port->hop + BARRED_HOPS;
    if (port->hop < port->barred)
        return 0;
    port->digit = port->low_tone * 4 + port->high_tone - 4;
    port->held[0] = port->held[1] = 0.0f;
    for (int back = 0; back < DTMF_LEAST_HOPS; back++) {
        port->held[0] = fmaxf(port->held[0], dtmf_tone_power(port, port->hop - back, port->low_tone));
        port->held[1] = fmaxf(port->held[1], dtmf_tone_power(port, port->hop - back, port->high_tone));
    }
    port->began = port->at - DTMF_WINDOW / 2 - DTMF_HOP * port->evidence.hops + DTMF_HOP / 2;
    return 1;
}

/* A hop with a digit on: it ends when either tone dips. Returns whether it did. */
static int hold(dtmf_port *port)
{
    const float low = dtmf_tone_power(port, port->hop, port->low_tone);
    const float high = dtmf_tone_power(port, port->hop, port->high_tone);
    if (low < RELEASE_SHARE * port->held[0] || high < RELEASE_SHARE * port->held[1]) {
        port->digit = -1;
        port->fresh = port->hop;
        port->odds = 0.0f;
        return 1;
    }
    port->held[0] += HELD_RATE * (low - port->held[0]);
    port->held[1] += HELD_RATE * (high - port->held[1]);
    return 0;
}

static void hop_in(dtmf_port *port, const int16_t *in)
{
    dtmf_take(port->memory, port->samples, in);
    port->at += DTMF_HOP;
    const int now = dtmf_slot(++port->hop);
    const float power = dtmf_power(port->samples);
    if (power < GATE_POWER) {
        memset(port->re[now], 0, sizeof port->re[now]);
        memset(port->im[now], 0, sizeof port->im[now]);
        port->low[now] = 0.0f;
        port->total[now] = power;
        port->silent++;
        return;
    }
    port->silent = 0;
    port->low[now] = dtmf_analyse(port->samples, port->re[now], port->im[now]);
    const float steady = steady_low(port), rest = power - steady;
    port->total[now] = fmaxf(rest, 0.0f) + STEADY_DOUBT * steady;
}

int dtmf_step(dtmf_port *ports, const int16_t *frames, const uint8_t *armed, int count, int samples,
              dtmf_event *events, int room)
{
    int found = 0;
    for (int p = 0; p < count; p++) {
        dtmf_port *port = &ports[p];
        if (!armed[p]) {
            if (port->hop > 0)
                dtmf_reset(port);
            port->at += samples;
            continue;
        }
        const int16_t *frame = frames + (size_t)p * (size_t)samples;
        if (port->silent >= DTMF_RING && hp_loudest(frame, samples) < HUSH) {
            port->hop += samples / DTMF_HOP;
            port->at += samples;
            continue;
        }
        for (int from = 0; from + DTMF_HOP <= samples; from += DTMF_HOP) {
            hop_in(port, frame + from);
            const int digit = port->digit;
            if (digit < 0 ? !seek(port) : !hold(port))
                continue;
            if (found == room)
                return found;
            dtmf_event *event = &events[found++];
            event->port = p;
            event->digit = digit < 0 ? port->digit : digit;
            event->start = port->began;
            event->end = digit < 0 ? -1 : port->at - DTMF_WINDOW / 2 - RELEASE_LAG;
        }
    }
    return found;
}
