/* DTMF: the window of 22 ms and what can be read from it. Why it is so: drivers/dsp/dtmf.py. */
#include "dtmf_window.h"

#include <math.h>
#include <string.h>

typedef float lanes __attribute__((vector_size(16)));

enum { HALF = DTMF_WINDOW / 2, LOW_BINS = 8, FIRST_LOW_BIN = 6, LANES = DTMF_TONES + LOW_BINS, RESPONSE_HZ = 80 };

static const double RATE = 8000.0;
static const double PI = 3.14159265358979323846;
static const double TONE_HZ[DTMF_TONES] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
static const double KAISER_BETA = 4.0;

static _Alignas(16) float cosines[HALF][LANES], sines[HALF][LANES];
static _Alignas(16) float scan_cosines[HALF][DTMF_SCAN_BINS], scan_sines[HALF][DTMF_SCAN_BINS];
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
    for (int bin = 0; bin < DTMF_SCAN_BINS; bin++)
        for (int n = 0; n < HALF; n++) {
            const double phase = 2.0 * PI * (DTMF_FIRST_SCAN_BIN + bin) / DTMF_WINDOW * (n + 0.5);
            scan_cosines[n][bin] = (float)(2.0 / sum * window[HALF + n] * cos(phase));
            scan_sines[n][bin] = (float)(-2.0 / sum * window[HALF + n] * sin(phase));
        }
    prepare_high_pass();
}

/* Zero for what has died away: the filters would creep through subnormal numbers, which are slow. */
static float settled(float state)
{
    return fabsf(state) < 1e-6f ? 0.0f : state;
}

void dtmf_take(float *memory, float *samples, const int16_t *in)
{
    memmove(samples, samples + DTMF_HOP, sizeof(float) * (DTMF_WINDOW - DTMF_HOP));
    float *out = samples + DTMF_WINDOW - DTMF_HOP;
    float s0 = memory[0], s1 = memory[1], t0 = memory[2], t1 = memory[3];
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
    memory[0] = settled(s0);
    memory[1] = settled(s1);
    memory[2] = settled(t0);
    memory[3] = settled(t1);
}

float dtmf_power(const float *samples)
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
    lanes even[DTMF_SCAN_BINS / 4] = {{0}}, odd[DTMF_SCAN_BINS / 4] = {{0}};
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

float dtmf_analyse(const float *samples, float *re, float *im)
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

void dtmf_scan(const float *samples, float *re, float *im)
{
    project(samples, &scan_cosines[0][0], &scan_sines[0][0], DTMF_SCAN_BINS / 4, re, im);
}

float dtmf_scan_hz(int bin)
{
    return (float)((DTMF_FIRST_SCAN_BIN + bin) * RATE / DTMF_WINDOW);
}

float dtmf_tone_hz(int tone)
{
    return (float)TONE_HZ[tone];
}

void dtmf_turn_back(int tone, float *re, float *im)
{
    const float x = *re, y = *im;
    *re = x * advance_re[tone] - y * advance_im[tone];
    *im = x * advance_im[tone] + y * advance_re[tone];
}

float dtmf_passed(int tone, float offset)
{
    const float bin = fabsf(offset) * (float)TONE_HZ[tone];
    const int step = bin < RESPONSE_HZ - 1 ? (int)bin : RESPONSE_HZ - 2;
    return response[step] + (response[step + 1] - response[step]) * (bin - (float)step);
}
