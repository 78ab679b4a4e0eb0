/* DTMF receiver, the part that runs per sample and per hop. What it does and why: drivers/dsp/dtmf.py. */
#include "dtmf.h"

#include <math.h>
#include <string.h>

typedef float lanes __attribute__((vector_size(16)));

enum {
    HALF = DTMF_WINDOW / 2, LOW_BINS = 8, FIRST_LOW_BIN = 6, LANES = DTMF_TONES + LOW_BINS,
    RESPONSE_HZ = 80, FIRST_SCAN_BIN = 13, SCAN_BINS = 68, HARMONIES = 5,
    STEADY_HOPS = 24,       /* how long a low tone must have stood to be dial tone and not speech: 120 ms */
    LEAST_HOPS = 7,         /* a tone of 35 ms always has seven hops above half amplitude, one of 30 ms never */
    MOST_HOPS = 26,
    WEAK_HOPS = 3,          /* hops in a row that a break of 10 ms or a click may weaken */
    BARRED_HOPS = 7         /* after a third tone was seen, until its end has left the window */
};

static const double RATE = 8000.0;
static const double PI = 3.14159265358979323846;
static const double TONE_HZ[DTMF_TONES] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
static const double KAISER_BETA = 4.0;
static const double HARMONY[HARMONIES] = {2.0, 3.0 / 2.0, 4.0 / 3.0, 5.0 / 3.0, 5.0 / 4.0};

static const float GATE_POWER = 1660.0f;      /* -52 dBm0: below it no hop is looked at */

static const float STEADY_SPREAD = 2.5f;
static const float STEADY_DOUBT = 0.1f;      /* share of the steady power that counts against a digit all the same */
static const float GOOD_SHARE = 0.25f, WEAK_SHARE = 0.03f, FULL_SHARE = 0.6f;
static const float LEAST_POWER = 6600.0f;     /* -46 dBm0 for the pair */
static const float QUIET_POWER = 1.12e6f;     /* -23.7 dBm0: quieter pairs must be clearer */
static const float MOST_OFFSET = 0.025f;      /* of the nominal frequency: between 1.5 % + 2 Hz and 3.5 % of Q.24 */
static const float THIRD_SHARE = 0.5f;      /* of what the pair leaves */
static const double SCAN_APART_HZ = 100.0;
static const float HELD_RATE = 0.2f;
static const float RELEASE_SHARE = 0.06f;     /* -12 dB: the digit is over */

static _Alignas(16) float cosines[HALF][LANES];
static _Alignas(16) float sines[HALF][LANES];
static _Alignas(16) float scan[2 * HALF][SCAN_BINS]; /* cosines, then sines, for the search of a third tone */
static _Alignas(16) float weights[DTMF_WINDOW]; /* window squared, summing to one */
static float advance_re[DTMF_TONES], advance_im[DTMF_TONES];
static float low_scale;
static float response[RESPONSE_HZ];
static float section[2][3], feedback[2][2];

static double bessel_i0(double x)
{
    double sum = 1.0, term = 1.0;
    for (int k = 1; k < 40; k++) {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

static void prepare_high_pass(void)
{
    /* Butterworth, fourth order, 250 Hz: takes DC and hum away and leaves the speech guard of 300 to 600 Hz. */
    static const double quality[2] = {0.54119610, 1.30656296};
    const double omega = 2.0 * PI * 250.0 / RATE;
    for (int i = 0; i < 2; i++) {
        const double alpha = sin(omega) / (2.0 * quality[i]), a0 = 1.0 + alpha;
        section[i][0] = (float)((1.0 + cos(omega)) / 2.0 / a0);
        section[i][1] = (float)(-(1.0 + cos(omega)) / a0);
        section[i][2] = section[i][0];
        feedback[i][0] = (float)(-2.0 * cos(omega) / a0);
        feedback[i][1] = (float)((1.0 - alpha) / a0);
    }
}

void dtmf_prepare(void)
{
    double window[DTMF_WINDOW], sum = 0.0, squares = 0.0;
    for (int n = 0; n < DTMF_WINDOW; n++) {
        const double x = (2.0 * n - (DTMF_WINDOW - 1)) / DTMF_WINDOW;
        window[n] = bessel_i0(KAISER_BETA * sqrt(1.0 - x * x)) / bessel_i0(KAISER_BETA);
        sum += window[n];
        squares += window[n] * window[n];
    }
    for (int n = 0; n < DTMF_WINDOW; n++)
        weights[n] = (float)(window[n] * window[n] / squares);
    for (int hz = 0; hz < RESPONSE_HZ; hz++) {
        double passed_sum = 0.0;
        for (int n = 0; n < DTMF_WINDOW; n++)
            passed_sum += window[n] * cos(2.0 * PI * hz / RATE * (n - (DTMF_WINDOW - 1) / 2.0));
        response[hz] = (float)((passed_sum / sum) * (passed_sum / sum));
    }
    low_scale = (float)(2.0 / DTMF_WINDOW / squares);
    for (int lane = 0; lane < LANES; lane++) {
        const int is_tone = lane < DTMF_TONES;
        const double hz = is_tone ? TONE_HZ[lane] : (FIRST_LOW_BIN + lane - DTMF_TONES) * RATE / DTMF_WINDOW;
        const double scale = is_tone ? 2.0 / sum : 1.0;
        for (int n = 0; n < HALF; n++) {
            const double phase = 2.0 * PI * hz / RATE * (n + 0.5);
            cosines[n][lane] = (float)(scale * window[HALF + n] * cos(phase));
            sines[n][lane] = (float)(-scale * window[HALF + n] * sin(phase));
        }
        if (is_tone) {
            advance_re[lane] = (float)cos(2.0 * PI * hz / RATE * DTMF_HOP);
            advance_im[lane] = (float)-sin(2.0 * PI * hz / RATE * DTMF_HOP);
        }
    }
    for (int bin = 0; bin < SCAN_BINS; bin++)
        for (int n = 0; n < HALF; n++) {
            const double phase = 2.0 * PI * (FIRST_SCAN_BIN + bin) / DTMF_WINDOW * (n + 0.5);
            scan[n][bin] = (float)(2.0 / sum * window[HALF + n] * cos(phase));
            scan[HALF + n][bin] = (float)(-2.0 / sum * window[HALF + n] * sin(phase));
        }
    prepare_high_pass();
}

void dtmf_reset(dtmf_port *port)
{
    const int64_t at = port->at;
    memset(port, 0, sizeof *port);
    port->digit = -1;
    port->at = at;
}

/* Zero for what has died away: the filters would creep through subnormal numbers, which are slow. */
static float settled(float state)
{
    return fabsf(state) < 1e-6f ? 0.0f : state;
}

static void take_hop(dtmf_port *port, const int16_t *in)
{
    memmove(port->samples, port->samples + DTMF_HOP, sizeof(float) * (DTMF_WINDOW - DTMF_HOP));
    float *out = port->samples + DTMF_WINDOW - DTMF_HOP;
    float s0 = port->biquad[0][0], s1 = port->biquad[0][1], t0 = port->biquad[1][0], t1 = port->biquad[1][1];
    for (int n = 0; n < DTMF_HOP; n++) {
        const float x = (float)in[n];
        const float y = section[0][0] * x + s0;
        s0 = section[0][1] * x - feedback[0][0] * y + s1;
        s1 = section[0][2] * x - feedback[0][1] * y;
        const float z = section[1][0] * y + t0;
        t0 = section[1][1] * y - feedback[1][0] * z + t1;
        t1 = section[1][2] * y - feedback[1][1] * z;
        out[n] = z;
    }
    port->biquad[0][0] = settled(s0);
    port->biquad[0][1] = settled(s1);
    port->biquad[1][0] = settled(t0);
    port->biquad[1][1] = settled(t1);
}

static float window_power(const float *samples)
{
    lanes sum = {0, 0, 0, 0};
    for (int n = 0; n < DTMF_WINDOW; n += 4) {
        lanes x, w;
        memcpy(&x, samples + n, sizeof x);
        memcpy(&w, weights + n, sizeof w);
        sum += w * x * x;
    }
    return sum[0] + sum[1] + sum[2] + sum[3];
}

/* Inner products of the window with `wide` × 4 cosines and sines; tables hold one row per sample from the middle. */
static inline void project(const float *samples, const float *cosine, const float *sine, int wide, float *re, float *im)
{
    lanes even[SCAN_BINS / 4] = {{0}}, odd[SCAN_BINS / 4] = {{0}};
    for (int n = 0; n < HALF; n++) {
        const float after = samples[HALF + n], before = samples[HALF - 1 - n];
        const float s = after + before, d = after - before;
        const lanes *c = (const lanes *)(cosine + 4 * wide * n), *i = (const lanes *)(sine + 4 * wide * n);
        for (int k = 0; k < wide; k++) {
            even[k] += c[k] * s;
            odd[k] += i[k] * d;
        }
    }
    memcpy(re, even, sizeof(lanes) * (size_t)wide);
    memcpy(im, odd, sizeof(lanes) * (size_t)wide);
}

/* Amplitudes of the eight tones and the power of the low band, phases referred to the middle of the window. */
static float analyse(const float *samples, float *re, float *im)
{
    _Alignas(16) float all_re[LANES], all_im[LANES];
    project(samples, &cosines[0][0], &sines[0][0], LANES / 4, all_re, all_im);
    memcpy(re, all_re, sizeof(float) * DTMF_TONES);
    memcpy(im, all_im, sizeof(float) * DTMF_TONES);
    float low = 0.0f;
    for (int k = DTMF_TONES; k < LANES; k++)
        low += all_re[k] * all_re[k] + all_im[k] * all_im[k];
    return low * low_scale;
}

static int slot(int64_t hop)
{
    return (int)(hop & (DTMF_RING - 1));
}

static float tone_power(const dtmf_port *port, int64_t hop, int tone)
{
    const int at = slot(hop);
    return 0.5f * (port->re[at][tone] * port->re[at][tone] + port->im[at][tone] * port->im[at][tone]);
}

/* The part of the low band that has been there, steady, for as long as the ring reaches: dial tone, not speech. */
static float steady_low(const dtmf_port *port)
{
    if (port->hop < STEADY_HOPS)
        return 0.0f;
    float least = port->low[slot(port->hop)], most = least, sum = 0.0f;
    for (int back = 0; back < STEADY_HOPS; back++) {
        const float low = port->low[slot(port->hop - back)];
        least = low < least ? low : least;
        most = low > most ? low : most;
        sum += low;
    }
    return most < STEADY_SPREAD * least ? sum / STEADY_HOPS : 0.0f;
}

/* Share of a tone's power that the window passes when the tone is `offset` of its frequency away. */
static float passed(int tone, float offset)
{
    const float bin = fabsf(offset) * (float)TONE_HZ[tone];
    const int step = bin < RESPONSE_HZ - 1 ? (int)bin : RESPONSE_HZ - 2;
    return response[step] + (response[step + 1] - response[step]) * (bin - (float)step);
}

typedef struct { float re, im, size, amplitude, power; int steps, hops; } track;

static void follow(const dtmf_port *port, track *t, int tone, int64_t hop, float full)
{
    const int now = slot(hop), then = slot(hop - 1);
    const float p1 = tone_power(port, hop, tone), p0 = tone_power(port, hop - 1, tone);
    if (p1 < full)
        return;
    t->hops++;
    t->amplitude += sqrtf(p1);
    t->power += p1;
    if (p0 < full)
        return;
    const float zr = port->re[now][tone] * port->re[then][tone] + port->im[now][tone] * port->im[then][tone];
    const float zi = port->im[now][tone] * port->re[then][tone] - port->re[now][tone] * port->im[then][tone];
    t->re += zr * advance_re[tone] - zi * advance_im[tone];
    t->im += zr * advance_im[tone] + zi * advance_re[tone];
    t->size += sqrtf(zr * zr + zi * zi);
    t->steps++;
}

static void judge(const track *t, int tone, float *offset, float *jitter, float *swing)
{
    if (t->steps == 0 || t->size <= 0.0f) {
        *offset = *jitter = *swing = 1.0f;
        return;
    }
    *offset = atan2f(t->im, t->re) * (float)(RATE / DTMF_HOP / (2.0 * PI) / TONE_HZ[tone]);
    *jitter = 1.0f - sqrtf(t->re * t->re + t->im * t->im) / t->size;
    *swing = 1.0f - t->amplitude * t->amplitude / ((float)t->hops * t->power);
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

/* Gather what the hops up to now say for the pair that is strongest now. */
static void weigh(dtmf_port *port)
{
    dtmf_evidence *e = &port->evidence;
    float power[DTMF_TONES] = {0};
    memset(e, 0, sizeof *e);
    for (int back = 0; back < LEAST_HOPS; back++)
        for (int tone = 0; tone < DTMF_TONES; tone++)
            power[tone] += tone_power(port, port->hop - back, tone);
    const int low = port->low_tone = strongest(power, 0, &e->rival[0]);
    const int high = port->high_tone = strongest(power, 4, &e->rival[1]);
    float most[2] = {0, 0};
    for (int back = 0; back < LEAST_HOPS; back++) {
        most[0] = fmaxf(most[0], tone_power(port, port->hop - back, low));
        most[1] = fmaxf(most[1], tone_power(port, port->hop - back, high));
    }
    track tracks[2] = {{0}};
    float pair = 0.0f, total = 0.0f, lows = 0.0f, highs = 0.0f;
    int weak = 0, back = 0;
    memset(power, 0, sizeof power);
    for (; back < MOST_HOPS && port->hop - back > port->fresh; back++) {
        const int64_t hop = port->hop - back;
        const float p_low = tone_power(port, hop, low), p_high = tone_power(port, hop, high);
        const float share = fminf(p_low / (most[0] + 1.0f), p_high / (most[1] + 1.0f));
        if (share < WEAK_SHARE || (share < GOOD_SHARE && (++weak > WEAK_HOPS || back == 0)))
            break;
        if (share < GOOD_SHARE)
            continue;
        weak = 0;
        e->hops++;
        lows += p_low;
        highs += p_high;
        total += port->total[slot(hop)];
        for (int tone = 0; tone < DTMF_TONES; tone++)
            power[tone] += tone_power(port, hop, tone);
        follow(port, &tracks[0], low, hop, FULL_SHARE * most[0]);
        follow(port, &tracks[1], high, hop, FULL_SHARE * most[1]);
    }
    if (e->hops < LEAST_HOPS)
        return;
    strongest(power, 0, &e->rival[0]);
    strongest(power, 4, &e->rival[1]);
    judge(&tracks[0], low, &e->offset[0], &e->jitter[0], &e->swing[0]);
    judge(&tracks[1], high, &e->offset[1], &e->jitter[1], &e->swing[1]);
    lows /= passed(low, e->offset[0]);
    highs /= passed(high, e->offset[1]);
    pair = lows + highs;
    e->twist = highs / (lows + 1e-6f);
    e->explained = pair / (total + 1e-6f);
    e->level = pair / (float)e->hops;
    const int64_t early = port->hop - back - 2;
    e->before = early > port->fresh ? port->total[slot(early)] / (e->level + 1e-6f) : 0.0f;
}

static float decibels(float ratio, float least, float most)
{
    return fminf(fmaxf(10.0f * log10f(fmaxf(ratio, 1e-6f)), least), most);
}

/* The odds that this is a digit, as the sum of what each measure says. The weights were fitted (logistic regression)
 * on the acceptance cases against 79 h of speech and music; `bench/dtmf.py` shows what they give. A voice over the
 * digit mostly hurts one of its tones, so how steady and how exact the better one is says most. */
static float odds(const dtmf_port *port)
{
    const dtmf_evidence *e = &port->evidence;
    const int low = port->low_tone, high = port->high_tone;
    const float off_low = 100.0f * fabsf(e->offset[0]), off_high = 100.0f * fabsf(e->offset[1]);
    const float better = fminf(off_low, off_high), worse = fmaxf(off_low, off_high);
    const double ratio = TONE_HZ[high] * (1.0 + e->offset[1]) / (TONE_HZ[low] * (1.0 + e->offset[0]));
    float apart = 100.0f;
    for (int i = 0; i < HARMONIES; i++)
        apart = fminf(apart, 100.0f * fabsf((float)(ratio / HARMONY[i]) - 1.0f));
    float sum = -18.0f + 0.21f * (float)e->hops;
    sum -= 1.55f * decibels(1.0f - e->explained, -13.0f, 0.0f);
    sum -= 0.305f * decibels(fminf(e->jitter[0], e->jitter[1]), -45.0f, 0.0f);
    sum -= 0.112f * decibels(e->before, -25.0f, 6.0f);
    sum -= 0.19f * decibels(fmaxf(e->rival[0], e->rival[1]), -15.0f, 0.0f);
    sum -= 16.7f * fminf(better, 0.2f) + 8.9f * fminf(worse, 0.3f) + 4.4f * fmaxf(worse - 0.3f, 0.0f);
    sum -= 1.92f * fmaxf(fabsf(decibels(e->twist, -20.0f, 20.0f)) - 4.0f, 0.0f);
    sum -= 1.0f * fmaxf(-decibels(e->level / QUIET_POWER, -99.0f, 0.0f), 0.0f);
    sum -= 1.79f * fminf(fmaxf(2.0f - apart, 0.0f), 1.5f);
    return sum;
}

/* Whether one more tone makes up most of what the pair leaves unexplained above 600 Hz: then it is no digit. */
static int third_tone(const dtmf_port *port)
{
    _Alignas(16) float re[SCAN_BINS], im[SCAN_BINS];
    const int now = slot(port->hop);
    const double low_hz = TONE_HZ[port->low_tone], high_hz = TONE_HZ[port->high_tone];
    const float pair = tone_power(port, port->hop, port->low_tone) + tone_power(port, port->hop, port->high_tone);
    const float rest = port->total[now] - pair;
    if (rest < 0.2f * pair)
        return 0;
    project(port->samples, &scan[0][0], &scan[HALF][0], SCAN_BINS / 4, re, im);
    for (int bin = 0; bin < SCAN_BINS; bin++) {
        const double hz = (FIRST_SCAN_BIN + bin) * RATE / DTMF_WINDOW;
        if (fabs(hz - low_hz) > SCAN_APART_HZ && fabs(hz - high_hz) > SCAN_APART_HZ
            && 0.5f * (re[bin] * re[bin] + im[bin] * im[bin]) > THIRD_SHARE * rest)
            return 1;
    }
    return 0;
}

static int convincing(const dtmf_port *port)
{
    const dtmf_evidence *e = &port->evidence;
    if (e->hops < LEAST_HOPS || e->level < LEAST_POWER || e->explained < 0.3f)
        return 0;
    for (int i = 0; i < 2; i++)
        if (fabsf(e->offset[i]) > MOST_OFFSET || e->jitter[i] > 0.2f || e->rival[i] > 0.6f)
            return 0;
    return odds(port) > 0.0f;
}

/* A hop with no digit on: look for one. Returns whether one began. */
static int seek(dtmf_port *port)
{
    weigh(port);
    if (!convincing(port))
        return 0;
    if (third_tone(port))
        port->barred = port->hop + BARRED_HOPS;
    if (port->hop < port->barred)
        return 0;
    port->digit = port->low_tone * 4 + port->high_tone - 4;
    port->held[0] = port->held[1] = 0.0f;
    for (int back = 0; back < LEAST_HOPS; back++) {
        port->held[0] = fmaxf(port->held[0], tone_power(port, port->hop - back, port->low_tone));
        port->held[1] = fmaxf(port->held[1], tone_power(port, port->hop - back, port->high_tone));
    }
    port->began = port->at - HALF - DTMF_HOP * port->evidence.hops + DTMF_HOP / 2;
    return 1;
}

/* A hop with a digit on: it ends when either tone dips. Returns whether it did. */
static int hold(dtmf_port *port)
{
    const float low = tone_power(port, port->hop, port->low_tone);
    const float high = tone_power(port, port->hop, port->high_tone);
    if (low < RELEASE_SHARE * port->held[0] || high < RELEASE_SHARE * port->held[1]) {
        port->digit = -1;
        port->fresh = port->hop;
        return 1;
    }
    port->held[0] += HELD_RATE * (low - port->held[0]);
    port->held[1] += HELD_RATE * (high - port->held[1]);
    return 0;
}

static void hop_in(dtmf_port *port, const int16_t *in)
{
    take_hop(port, in);
    port->at += DTMF_HOP;
    const int now = slot(++port->hop);
    const float power = window_power(port->samples);
    if (power < GATE_POWER) {
        memset(port->re[now], 0, sizeof port->re[now]);
        memset(port->im[now], 0, sizeof port->im[now]);
        port->low[now] = 0.0f;
        port->total[now] = power;
        return;
    }
    port->low[now] = analyse(port->samples, port->re[now], port->im[now]);
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
        for (int from = 0; from + DTMF_HOP <= samples; from += DTMF_HOP) {
            hop_in(port, frames + (size_t)p * (size_t)samples + from);
            const int digit = port->digit;
            if (digit < 0 ? !seek(port) : !hold(port))
                continue;
            if (found == room)
                return found;
            dtmf_event *event = &events[found++];
            event->port = p;
            event->digit = digit < 0 ? port->digit : digit;
            event->start = port->began;
            event->end = digit < 0 ? -1 : port->at - HALF - DTMF_HOP * 3 / 4;
        }
    }
    return found;
}
