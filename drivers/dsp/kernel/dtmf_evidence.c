/* DTMF: what the last hops say for a digit, and the odds. Why it is so: drivers/dsp/dtmf.py. */
#include "dtmf_evidence.h"

#include <math.h>
#include <string.h>

enum { HARMONIES = 5, WEAK_HOPS = 3 };      /* WEAK_HOPS: in a row, that a break of 10 ms or a click may weaken */

static const float HARMONY[HARMONIES] = {2.0f, 3.0f / 2.0f, 4.0f / 3.0f, 5.0f / 3.0f, 5.0f / 4.0f};
static const float GOOD_SHARE = 0.25f, WEAK_SHARE = 0.03f, FULL_SHARE = 0.6f;
static const float LEAST_POWER = 6600.0f;     /* -46 dBm0 for the pair */
static const float QUIET_POWER = 1.12e6f;     /* -23.7 dBm0: quieter pairs must be clearer */
static const float MOST_OFFSET = 0.025f;      /* of the nominal frequency: between 1.5 % + 2 Hz and 3.5 % of Q.24 */
static const float THIRD_SHARE = 0.5f;        /* of what the pair leaves */
static const float APART_HZ = 100.0f;
static const float RADIANS_TO_HZ = 8000.0f / DTMF_HOP / 6.28318531f;

int dtmf_slot(int64_t hop)
{
    return (int)(hop & (DTMF_RING - 1));
}

float dtmf_tone_power(const dtmf_port *port, int64_t hop, int tone)
{
    const int at = dtmf_slot(hop);
    return 0.5f * (port->re[at][tone] * port->re[at][tone] + port->im[at][tone] * port->im[at][tone]);
}

typedef struct { float re, im, size; } track;

static void follow(const dtmf_port *port, track *t, int tone, int64_t hop, float full)
{
    const int now = dtmf_slot(hop), then = dtmf_slot(hop - 1);
    const float p1 = dtmf_tone_power(port, hop, tone), p0 = dtmf_tone_power(port, hop - 1, tone);
    if (p1 < full || p0 < full)
        return;
    float re = port->re[now][tone] * port->re[then][tone] + port->im[now][tone] * port->im[then][tone];
    float im = port->im[now][tone] * port->re[then][tone] - port->re[now][tone] * port->im[then][tone];
    dtmf_turn_back(tone, &re, &im);
    t->re += re;
    t->im += im;
    t->size += sqrtf(re * re + im * im);
}

static void judge(const track *t, int tone, float *offset, float *jitter)
{
    if (t->size <= 0.0f) {
        *offset = *jitter = 1.0f;
        return;
    }
    *offset = atan2f(t->im, t->re) * RADIANS_TO_HZ / dtmf_tone_hz(tone);
    *jitter = 1.0f - sqrtf(t->re * t->re + t->im * t->im) / t->size;
}

static int strongest(const float *power, int from, float *rival)
{
    int best = from;
    for (int tone = from + 1; tone < from + 4; tone++)
        best = power[tone] > power[best] ? tone : best;
    *rival = 0.0f;
    for (int tone = from; tone < from + 4; tone++)
        if (tone != best && power[tone] > *rival)
            *rival = power[tone];
    *rival /= power[best] > 1e-6f ? power[best] : 1e-6f;
    return best;
}

void dtmf_weigh(dtmf_port *port)
{
    dtmf_evidence *e = &port->evidence;
    float power[DTMF_TONES] = {0};
    memset(e, 0, sizeof *e);
    for (int back = 0; back < DTMF_LEAST_HOPS; back++)
        for (int tone = 0; tone < DTMF_TONES; tone++)
            power[tone] += dtmf_tone_power(port, port->hop - back, tone);
    const int low = port->low_tone = strongest(power, 0, &e->rival[0]);
    const int high = port->high_tone = strongest(power, 4, &e->rival[1]);
    float most[2] = {0, 0};
    for (int back = 0; back < DTMF_LEAST_HOPS; back++) {
        most[0] = fmaxf(most[0], dtmf_tone_power(port, port->hop - back, low));
        most[1] = fmaxf(most[1], dtmf_tone_power(port, port->hop - back, high));
    }
    track tracks[2] = {{0}};
    float pair = 0.0f, total = 0.0f, lows = 0.0f, highs = 0.0f;
    int weak = 0, back = 0;
    memset(power, 0, sizeof power);
    for (; back < DTMF_MOST_HOPS && port->hop - back > port->fresh; back++) {
        const int64_t hop = port->hop - back;
        const float p_low = dtmf_tone_power(port, hop, low), p_high = dtmf_tone_power(port, hop, high);
        const float share = fminf(p_low / (most[0] + 1.0f), p_high / (most[1] + 1.0f));
        if (share < WEAK_SHARE || (share < GOOD_SHARE && (++weak > WEAK_HOPS || back == 0)))
            break;
        if (share < GOOD_SHARE)
            continue;
        weak = 0;
        e->hops++;
        lows += p_low;
        highs += p_high;
        total += port->total[dtmf_slot(hop)];
        for (int tone = 0; tone < DTMF_TONES; tone++)
            power[tone] += dtmf_tone_power(port, hop, tone);
        follow(port, &tracks[0], low, hop, FULL_SHARE * most[0]);
        follow(port, &tracks[1], high, hop, FULL_SHARE * most[1]);
    }
    if (e->hops < DTMF_LEAST_HOPS)
        return;
    strongest(power, 0, &e->rival[0]);
    strongest(power, 4, &e->rival[1]);
    judge(&tracks[0], low, &e->offset[0], &e->jitter[0]);
    judge(&tracks[1], high, &e->offset[1], &e->jitter[1]);
    lows /= dtmf_passed(low, e->offset[0]);
    highs /= dtmf_passed(high, e->offset[1]);
    pair = lows + highs;
    e->twist = highs / (lows + 1e-6f);
    e->explained = pair / (total + 1e-6f);
    e->level = pair / (float)e->hops;
    const int64_t early = port->hop - back - 2;
    e->before = early > port->fresh ? port->total[dtmf_slot(early)] / (e->level + 1e-6f) : 0.0f;
}

static float decibels(float ratio, float least, float most)
{
    return fminf(fmaxf(10.0f * log10f(fmaxf(ratio, 1e-6f)), least), most);
}

/* The odds that this is a digit, as the sum of what each measure says. The weights were fitted (logistic regression)
 * on the acceptance cases against 79 h of speech and music; `bench/dtmf.py` shows what they give. A voice over the
 * digit mostly hurts one of its tones, so how steady and how exact the better one is says most. */
static float weighted(const dtmf_port *port)
{
    const dtmf_evidence *e = &port->evidence;
    const int low = port->low_tone, high = port->high_tone;
    const float off_low = 100.0f * fabsf(e->offset[0]), off_high = 100.0f * fabsf(e->offset[1]);
    const float better = fminf(off_low, off_high), worse = fmaxf(off_low, off_high);
    const float ratio = dtmf_tone_hz(high) * (1.0f + e->offset[1]) / (dtmf_tone_hz(low) * (1.0f + e->offset[0]));
    float apart = 100.0f;
    for (int i = 0; i < HARMONIES; i++)
        apart = fminf(apart, 100.0f * fabsf(ratio / HARMONY[i] - 1.0f));
    float sum = -18.0f + 0.21f * (float)e->hops;
    sum -= 1.55f * decibels(1.0f - e->explained, -13.0f, 0.0f);
    sum -= 0.305f * decibels(fminf(e->jitter[0], e->jitter[1]), -45.0f, 0.0f);
    sum -= 0.112f * decibels(e->before, -25.0f, 6.0f);
    sum -= 0.19f * decibels(fmaxf(e->rival[0], e->rival[1]), -15.0f, 0.0f);
    sum -= 16.7f * fminf(better, 0.2f) + 8.9f * fminf(worse, 0.3f) + 3.8f * fmaxf(worse - 0.3f, 0.0f);
    sum -= 1.92f * fmaxf(fabsf(decibels(e->twist, -20.0f, 20.0f)) - 4.0f, 0.0f);
    sum -= 1.0f * fmaxf(-decibels(e->level / QUIET_POWER, -99.0f, 0.0f), 0.0f);
    sum -= 1.79f * fminf(fmaxf(2.0f - apart, 0.0f), 1.5f);
    return sum;
}

int dtmf_third_tone(const dtmf_port *port)
{
    _Alignas(16) float re[DTMF_SCAN_BINS], im[DTMF_SCAN_BINS];
    const float low_hz = dtmf_tone_hz(port->low_tone), high_hz = dtmf_tone_hz(port->high_tone);
    const float low = dtmf_tone_power(port, port->hop, port->low_tone);
    const float pair = low + dtmf_tone_power(port, port->hop, port->high_tone);
    const float rest = port->total[dtmf_slot(port->hop)] - pair;
    if (rest < 0.2f * pair)
        return 0;
    dtmf_scan(port->samples, re, im);
    for (int bin = 0; bin < DTMF_SCAN_BINS; bin++) {
        const float hz = dtmf_scan_hz(bin);
        if (fabsf(hz - low_hz) > APART_HZ && fabsf(hz - high_hz) > APART_HZ
            && 0.5f * (re[bin] * re[bin] + im[bin] * im[bin]) > THIRD_SHARE * rest)
            return 1;
    }
    return 0;
}

float dtmf_odds(const dtmf_port *port)
{
    const dtmf_evidence *e = &port->evidence;
    if (e->hops < DTMF_LEAST_HOPS || e->level < LEAST_POWER || e->explained < 0.3f)
        return DTMF_NO_ODDS;
    for (int i = 0; i < 2; i++)
        if (fabsf(e->offset[i]) > MOST_OFFSET || e->jitter[i] > 0.2f || e->rival[i] > 0.6f)
            return DTMF_NO_ODDS;
    return weighted(port);
}
