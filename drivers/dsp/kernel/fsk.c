/* FSK caller ID: keep the burst, then read it as a whole.
 *
 * Listening costs a peak search per quiet frame. Decoding runs over the kept burst: high-pass, least-squares amplitudes
 * of mark and space in a window of one bit at every sample (so neither leaks into the other), both scaled by their own
 * strength in this burst (twist), then bytes from edge to edge with the timing that makes all ten bits strongest.
 */
#include "fsk.h"
#include "highpass.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { FRAME = 160, PREROLL = 4 * FRAME, TRY_FRAMES = 12, QUIET_FRAMES = 2, TAPS = 7, HALF = 3 };
enum { SEIZURE_RUN = 60, SURE_BYTES = 6, MOST_WEAK = 1 };
enum { DOUBTFUL = 9 };      /* right checksum, but more weak bits than a checksum can vouch for */

static const float WEAK = 0.2f;       /* a bit so near the middle may be wrong; a sum of bytes finds one, not two */
static const double TWO_PI = 6.28318530717958647692;
void fsk_reset(fsk_line *line)
{
    memset(line, 0, offsetof(fsk_line, samples));
}

static float power_after_hp_run(fsk_line *line, const int16_t *frame)
{
    float clean[FRAME], sum[4] = {0};
    hp_run(line->memory, frame, clean, FRAME);
    for (int n = 0; n < FRAME; n += 4)
        for (int lane = 0; lane < 4; lane++)
            sum[lane] += clean[n + lane] * clean[n + lane];
    return (sum[0] + sum[1] + sum[2] + sum[3]) / FRAME;
}

void fsk_drop(fsk_line *line, int count)
{
    if (count > line->count)
        count = line->count;
    line->held = 0;
    memmove(line->samples, line->samples + count, (size_t)(line->count - count) * sizeof line->samples[0]);
    line->count -= count;
    line->first_sample += count;
}

static int listen_line(fsk_line *line, const int16_t *frame, int64_t first_sample, float gate_power)
{
    float peak = (float)hp_loudest(frame, FRAME), power = 0.0f;
    if (peak * peak > gate_power)
        power = power_after_hp_run(line, frame);
    else
        memset(line->memory, 0, sizeof line->memory);
    line->floor_power += (power > line->floor_power ? 0.003f : 0.2f) * (power - line->floor_power);
    if (line->count + FRAME > FSK_CAPACITY) {
        int held = line->held;
        fsk_drop(line, FSK_CAPACITY / 3);
        line->held = held;
    }
    if (!line->count)
        line->first_sample = first_sample;
    memcpy(line->samples + line->count, frame, FRAME * sizeof frame[0]);
    line->count += FRAME;
    if (line->held)
        return 0;
    float least = 2.0f * line->floor_power > gate_power ? 2.0f * line->floor_power : gate_power;
    if (!line->active) {
        if (power > least) {
            line->active = 1;
            line->active_sample = first_sample;
            line->loud_power = power;
            line->quiet_frames = line->since_try = 0;
        } else if (line->count > PREROLL) {
            fsk_drop(line, line->count - PREROLL);
        }
        return 0;
    }
    line->loud_power += 0.1f * (power - line->loud_power) * (power > 0.3f * line->loud_power ? 1.0f : 0.0f);
    line->quiet_frames = power < least || power < 0.04f * line->loud_power ? line->quiet_frames + 1 : 0;
    if (line->quiet_frames >= QUIET_FRAMES) {
        line->active = 0;
        line->held = 1;
        return FSK_ENDED;
    }
    if (++line->since_try >= TRY_FRAMES && line->count > 20 * FRAME) {
        line->since_try = 0;
        return FSK_TRY;
    }
    return 0;
}

int fsk_listen(fsk_line *lines, const int16_t *frames, const uint8_t *armed, int port_count, int64_t first_sample,
               float gate_power, uint8_t *flags)
{
    int flagged = 0;
    for (int p = 0; p < port_count; p++) {
        flags[p] = 0;
        if (armed[p])
            flags[p] = (uint8_t)listen_line(lines + p, frames + FRAME * p, first_sample, gate_power);
        flagged += flags[p] != 0;
    }
    return flagged;
}

/* The value that a tenth of `values` exceed, to 1/256 of the largest. */
static float ninth_decile(const float *values, int count)
{
    int histogram[257] = {0}, above = 0, level = 256;
    float largest = 1e-9f;
    for (int n = 0; n < count; n++)
        largest = values[n] > largest ? values[n] : largest;
    for (int n = 0; n < count; n++)
        histogram[(int)(values[n] * (256.0f / largest))]++;
    while (level > 0 && (above += histogram[level]) * 10 < count)
        level--;
    return (float)(level + 1) * largest / 256.0f;
}

static void demodulate(const fsk_line *line, const fsk_modem *modem, fsk_scratch *soft)
{
    float memory[4] = {0}, *clean = soft->clean;
    float mc[HALF + 1], ms[HALF + 1], sc[HALF + 1], ss[HALF + 1];
    int count = line->count;
    double bit = 8000.0 / modem->baud, total = 0.0, cross = 0.0;
    hp_run(memory, line->samples, clean, count);
    for (int k = 0; k <= HALF; k++) {
        double w = k < HALF ? 1.0 : (bit - (TAPS - 2)) / 2.0;
        double m = TWO_PI * modem->mark_hz / 8000.0 * k, s = TWO_PI * modem->space_hz / 8000.0 * k;
        mc[k] = (float)(w * cos(m)), ms[k] = (float)(w * sin(m));
        sc[k] = (float)(w * cos(s)), ss[k] = (float)(w * sin(s));
        total += (k ? 2 : 1) * w;
        cross += (k ? 2 : 1) * w * cos(m - s);
    }
    double scale = 1.0 / (total * total - cross * cross);
    float own = (float)(total * scale), other = (float)(cross * scale);
    soft->count = count;
    soft->bit = bit;
    for (int n = 0; n < count; n++) {
        float mr = 0, mi = 0, sr = 0, si = 0;
        if (n >= HALF && n < count - HALF) {
            mr = mc[0] * clean[n];
            sr = sc[0] * clean[n];
            for (int k = 1; k <= HALF; k++) {
                float even = clean[n + k] + clean[n - k], odd = clean[n - k] - clean[n + k];
                mr += mc[k] * even, mi += ms[k] * odd;
                sr += sc[k] * even, si += ss[k] * odd;
            }
        }
        float ar = own * mr - other * sr, ai = own * mi - other * si;
        float br = own * sr - other * mr, bi = own * si - other * mi;
        soft->mark_re[n] = ar;
        soft->mark_im[n] = ai;
        soft->value[n] = sqrtf(ar * ar + ai * ai);
        soft->space[n] = sqrtf(br * br + bi * bi);
    }
    float mark = ninth_decile(soft->value, count), space = ninth_decile(soft->space, count);
    for (int n = 0; n < count; n++)
        soft->value[n] = soft->value[n] / mark - soft->space[n] / space;
}

static float at(const fsk_scratch *soft, double position)
{
    int whole = (int)position;
    if (position < 0 || whole + 1 >= soft->count)
        return 0.0f;
    float part = (float)(position - whole);
    return soft->value[whole] * (1.0f - part) + soft->value[whole + 1] * part;
}

/* The byte whose start bit begins near `edge`, or -1. Moves `edge` to the best timing and counts weak bits. */
static int read_byte(const fsk_scratch *soft, double *edge, int *weak)
{
    double best_edge = *edge, bit = soft->bit;
    float best = -1.0f;
    for (int step = -5; step <= 5; step++) {
        double begin = *edge + step * bit / 16.0;
        float start = at(soft, begin + 0.5 * bit), stop = at(soft, begin + 9.5 * bit), sum = stop - start;
        if (start >= 0.0f || stop <= 0.0f)
            continue;
        for (int k = 1; k <= 8; k++)
            sum += fabsf(at(soft, begin + (k + 0.5) * bit));
        if (sum > best)
            best = sum, best_edge = begin;
    }
    if (best < 0.0f)
        return -1;
    int byte = 0;
    for (int k = 1; k <= 8; k++) {
        float value = at(soft, best_edge + (k + 0.5) * bit);
        byte |= (value > 0.0f) << (k - 1);
        *weak += fabsf(value) < WEAK;
    }
    *edge = best_edge;
    return byte;
}

/* The next falling edge from `from` on within `reach` bits whose bit is a space; negative if there is none. */
static double next_start(const fsk_scratch *soft, double from, double reach)
{
    int last = (int)(from + reach * soft->bit);
    for (int n = (int)from; n < last && n + 1 < soft->count; n++) {
        float now = n < 0 ? 0.0f : soft->value[n], next = soft->value[n + 1];
        if (now >= 0.0f && next < 0.0f && at(soft, n + 0.5 * soft->bit) < 0.0f)
            return n + (double)(now / (now - next + 1e-9f));
    }
    return -1.0;
}

/* How many of the ten bits before `edge` are marks. */
static int marks_before(const fsk_scratch *soft, double edge)
{
    int marks = 0;
    for (int k = 0; k < 10; k++)
        marks += at(soft, edge - (k + 0.5) * soft->bit) > 0.0f;
    return marks;
}

/* Whether a steady mark carrier of 24 bits leads up to `edge`: what a message has and a voice has not. */
static int steady_mark_before(const fsk_scratch *soft, double edge)
{
    int first = (int)(edge - 24 * soft->bit), last = (int)(edge - soft->bit), steady = 0;
    if (first < 0)
        return 0;
    for (int n = first; n < last; n++)
        steady += soft->value[n] > 0.5f && soft->value[n] < 1.6f;
    return steady * 20 >= (last - first) * 19;
}

static float mark_frequency(const fsk_scratch *soft, double edge)
{
    double re = 0.0, im = 0.0;
    int first = (int)(edge - 10 * soft->bit), last = (int)(edge - soft->bit);
    for (int n = first < 0 ? 0 : first; n < last; n++) {
        re += soft->mark_re[n + 1] * soft->mark_re[n] + soft->mark_im[n + 1] * soft->mark_im[n];
        im += soft->mark_im[n + 1] * soft->mark_re[n] - soft->mark_re[n + 1] * soft->mark_im[n];
    }
    return (float)(atan2(im, re) * 8000.0 / TWO_PI);
}

/* Longest run of alternating bits of even strength: a channel seizure. */
static int longest_alternation(const fsk_scratch *soft)
{
    int run = 0, longest = 0;
    double last = 0.0;
    float peak = 0.0f;
    for (int n = 1; n < soft->count; n++) {
        float strength = fabsf(soft->value[n]);
        if ((soft->value[n - 1] < 0.0f) == (soft->value[n] < 0.0f)) {
            peak = strength > peak ? strength : peak;
            continue;
        }
        int even = peak > 0.4f && peak < 1.8f && fabs(n - last - soft->bit) < 0.25 * soft->bit;
        run = even ? run + 1 : 0;
        last = n;
        peak = strength;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static int read_message(const fsk_scratch *soft, double edge, fsk_message *out)
{
    int sum = 0, wanted = 3, weak = 0;
    out->begin = (int)edge;
    for (out->length = 0; out->length < wanted; out->length++) {
        if (out->length) {
            edge = next_start(soft, edge + 9.55 * soft->bit, 24.0);
            if (edge < 0)
                return FSK_PARTIAL;
        }
        if (edge + 10 * soft->bit > soft->count)
            return FSK_PARTIAL;
        int byte = read_byte(soft, &edge, &weak);
        if (byte < 0)
            return FSK_BAD;
        out->bytes[out->length] = (uint8_t)byte;
        sum += byte;
        if (out->length == 1)
            wanted = byte + 3;
    }
    out->end = (int)(edge + 10 * soft->bit);
    if (sum & 0xFF)
        return FSK_BAD;
    return weak > MOST_WEAK ? DOUBTFUL : FSK_GOOD;
}

void fsk_decode(const fsk_line *line, const fsk_modem *modem, fsk_scratch *soft, fsk_message *out)
{
    int seen = FSK_NOTHING;
    memset(out, 0, sizeof *out);
    demodulate(line, modem, soft);
    for (double from = 11 * soft->bit; from >= 0;) {
        double edge = next_start(soft, from, (double)soft->count);
        if (edge < 0)
            break;
        from = edge + 1.5;
        if (marks_before(soft, edge) < 9)
            continue;
        double timed = edge;
        int weak = 0, type = read_byte(soft, &timed, &weak);
        if (type != 0x80 && type != 0x04)
            continue;
        out->mark_hz = mark_frequency(soft, timed);
        out->status = read_message(soft, timed, out);
        if (out->status == FSK_GOOD)
            return;
        int doubtful = out->status == DOUBTFUL;
        if (doubtful)
            out->status = FSK_BAD;
        int sure = doubtful || (out->length >= SURE_BYTES && steady_mark_before(soft, timed));
        if (sure && (out->status == FSK_BAD || !seen))
            seen = out->status;
    }
    if (!seen && longest_alternation(soft) >= SEIZURE_RUN)
        seen = FSK_PARTIAL;
    out->status = seen;
}
