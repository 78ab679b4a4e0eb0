/* Call-progress tones, the part that sees samples: bursts of a steady tone in each watched channel.
 *
 * Per 5 ms block and port: high-pass (hum, DC), one complex correlation per channel, total power. Per block and
 * channel: power in a sliding 40 ms window against the total power of the same window. A burst begins when the tone
 * explains most of the power and ends when its power has stayed under half of the burst's own for 45 ms; both edges are
 * taken at half power, so a burst's length does not depend on its level. Cadence is Python's part (callprogress.py).
 */
#include "callprogress.h"
#include "highpass.h"

#include <math.h>
#include <string.h>

enum { MASK = CP_HISTORY - 1, CONFIRM = 10, BRIDGE = 9, EDGE_LAG = CP_WINDOW / 2, SHORTEST = 9, HOLD_OFF = CP_WINDOW };

static const float ON_RATIO = 0.55f;
static const float FADE_PER_BLOCK = 0.99655f;     /* 3 dB a second */
static const float JUMP = 4.0f;
static const float LEAK = 0.03f;                  /* a tone this far below the last one is its leak, not a tone */

void cp_plan_channel(cp_plan *plan, int channel, double frequency_hz, float gain, int grown_blocks)
{
    for (int n = 0; n < CP_BLOCK; n++) {
        double angle = 2.0 * 3.14159265358979323846 * frequency_hz * n / 8000.0;
        plan->cosine[n][channel] = (float)cos(angle);
        plan->sine[n][channel] = (float)-sin(angle);
    }
    plan->cycles_per_block[channel] = frequency_hz * CP_BLOCK / 8000.0;
    plan->gain[channel] = gain;
    plan->grown_blocks[channel] = grown_blocks;
    if (channel >= plan->channels)
        plan->channels = channel + 1;
}

void cp_reset(cp_port *port)
{
    memset(port, 0, sizeof *port);
    port->quiet_blocks = CP_HISTORY;
}

static void correlate(const cp_plan *plan, cp_port *port, const float *x, int slot, const float *turn)
{
    float re[CP_CHANNELS] = {0}, im[CP_CHANNELS] = {0}, energy[4] = {0};
    for (int n = 0; n < CP_BLOCK; n++) {
        float value = x[n];
        for (int c = 0; c < CP_CHANNELS; c++) {
            re[c] += value * plan->cosine[n][c];
            im[c] += value * plan->sine[n][c];
        }
    }
    for (int n = 0; n < CP_BLOCK; n += 4)
        for (int lane = 0; lane < 4; lane++)
            energy[lane] += x[n + lane] * x[n + lane];
    port->total[slot] = (energy[0] + energy[1] + energy[2] + energy[3]) / CP_BLOCK;
    for (int c = 0; c < CP_CHANNELS; c++) {
        float tr = turn[2 * c], ti = turn[2 * c + 1];
        port->re[slot][c] = re[c] * tr - im[c] * ti;
        port->im[slot][c] = re[c] * ti + im[c] * tr;
        port->power[slot][c] = (re[c] * re[c] + im[c] * im[c]) * plan->gain[c] * (2.0f / (CP_BLOCK * CP_BLOCK));
    }
}

static void record(const cp_track *track, int port, int channel, int kind, cp_record *out)
{
    memset(out, 0, sizeof *out);
    out->port = port;
    out->channel = channel;
    out->kind = kind;
    out->start = track->start;
    out->end = track->end;
    memcpy(out->lag_re, track->lag_re, sizeof track->lag_re);
    memcpy(out->lag_im, track->lag_im, sizeof track->lag_im);
    out->lag_norm = track->lag_norm;
    int count = kind == CP_ENDED ? track->count_kept : track->count;
    float level = kind == CP_ENDED ? track->level_kept : track->level_sum;
    float ratio = kind == CP_ENDED ? track->ratio_kept : track->ratio_sum;
    out->level = count ? level / (float)count : track->reference;
    out->purity = count ? ratio / (float)count : 0.0f;
    out->gap_level = track->gap_count ? track->gap_sum / (float)track->gap_count : -1.0f;
}

static void come_on(cp_track *track, float window)
{
    float gap_sum = track->gap_sum, remembered = track->remembered;
    int gap_count = track->gap_count;
    memset(track, 0, sizeof *track);
    track->on = 1;
    track->reference = window;
    track->remembered = remembered;
    track->gap_sum = gap_sum;
    track->gap_count = gap_count;
}

/* Where the window's power first passed half of the reference, looking back from `block`. */
static int64_t rising_edge(const cp_port *port, int channel, int64_t block, float half)
{
    for (int back = 0; back <= CP_HISTORY - CP_WINDOW - 1; back++) {
        float window = 0.0f;
        for (int k = 0; k < CP_WINDOW; k++)
            window += port->power[(block - back - k) & MASK][channel];
        if (window < half)
            return block - back + 1 - EDGE_LAG;
    }
    return block - (CP_HISTORY - CP_WINDOW);
}

static void add_block(cp_track *track, const cp_port *port, int channel, int64_t block, float window, float ratio)
{
    const int slot = (int)(block & MASK);
    float re = port->re[slot][channel], im = port->im[slot][channel];
    for (int m = 0; m < CP_LAGS; m++) {
        int past = (int)((block - m) & MASK);
        float pr = port->re[past][channel], pi = port->im[past][channel];
        track->lag_re[m] += re * pr + im * pi;
        track->lag_im[m] += im * pr - re * pi;
    }
    int last = (int)((block - 1) & MASK);
    float lr = port->re[last][channel], li = port->im[last][channel];
    track->lag_norm += sqrtf((re * re + im * im) * (lr * lr + li * li));
    if (track->age > CP_WINDOW) {
        track->level_sum += window / CP_WINDOW;
        track->ratio_sum += ratio > 1.0f ? 1.0f : ratio;
        track->count++;
    }
}

static int follow(const cp_plan *plan, cp_port *port, int index, int channel, int64_t block, float total,
                  cp_record *out)
{
    cp_track *track = &port->track[channel];
    float window = 0.0f;
    for (int k = 0; k < CP_WINDOW; k++)
        window += port->power[(block - k) & MASK][channel];
    float ratio = total > 0.0f ? window / total : 0.0f;
    track->age++;
    if (!track->on) {
        track->remembered *= FADE_PER_BLOCK;
        if (track->age > 2 * CP_WINDOW) {
            track->gap_sum += port->total[(block - CP_WINDOW) & MASK];
            track->gap_count++;
        }
        float least = plan->floor_power * CP_WINDOW;
        if (least < LEAK * track->remembered)
            least = LEAK * track->remembered;
        int rising = track->age > HOLD_OFF || window > 0.5f * track->remembered;
        if (ratio >= ON_RATIO && window >= least && rising)
            come_on(track, window);
        return 0;
    }
    if (track->age > CONFIRM && window > JUMP * track->reference)
        come_on(track, window);                         /* a tone sets in over something much weaker */
    add_block(track, port, channel, block, window, ratio);
    if (window > track->reference)
        track->reference = window;
    else if (track->age > CONFIRM)
        track->reference += 0.02f * (window - track->reference) * (window > 0.5f * track->reference ? 1.0f : 0.0f);
    if (window >= 0.5f * track->reference) {
        track->below = 0;
        track->end = block + 1 - EDGE_LAG;
        track->level_kept = track->level_sum;
        track->ratio_kept = track->ratio_sum;
        track->count_kept = track->count;
    } else {
        track->below++;
    }
    if (track->age == CONFIRM)
        track->start = rising_edge(port, channel, block, 0.5f * track->reference);
    if (track->below >= BRIDGE) {
        int told = (track->told & 1) || (track->age >= CONFIRM && track->end - track->start >= SHORTEST);
        if (told)
            record(track, index, channel, CP_ENDED, out);
        float remembered = track->reference > track->remembered ? track->reference : track->remembered;
        float gap_sum = told ? 0.0f : track->gap_sum;
        int gap_count = told ? 0 : track->gap_count;
        memset(track, 0, sizeof *track);
        track->remembered = remembered;
        track->gap_sum = gap_sum;
        track->gap_count = gap_count;
        return told;
    }
    if (!(track->told & 1) && track->age >= CONFIRM && !track->below && track->end - track->start >= SHORTEST) {
        track->told |= 1;
        record(track, index, channel, CP_STARTED, out);
        return 1;
    }
    int grown = plan->grown_blocks[channel];
    if (grown && !(track->told & 2) && (track->told & 1) && block - track->start >= grown && !track->below) {
        track->told |= 2;
        record(track, index, channel, CP_GROWN, out);
        return 1;
    }
    return 0;
}

static int step_port(const cp_plan *plan, cp_port *port, int index, const int16_t *frame, int64_t first_block,
                     const float *turns, cp_record *out, int capacity)
{
    float clean[4 * CP_BLOCK];
    int written = 0;
    int silent = hp_loudest(frame, 4 * CP_BLOCK) < plan->gate;
    if (silent && port->quiet_blocks >= CP_HISTORY && !port->busy_tracks) {
        for (int c = 0; c < plan->channels; c++) {      /* only the pause grows longer */
            port->track[c].age += 4;
            port->track[c].gap_count += 4;
            port->track[c].remembered *= 0.98627f;
        }
        return 0;
    }
    if (!silent)
        hp_run(port->memory, frame, clean, 4 * CP_BLOCK);
    else
        memset(port->memory, 0, sizeof port->memory);
    for (int b = 0; b < 4; b++) {
        int64_t block = first_block + b;
        int slot = (int)(block & MASK);
        if (silent) {
            port->total[slot] = 0.0f;
            memset(port->power[slot], 0, sizeof port->power[slot]);
            memset(port->re[slot], 0, sizeof port->re[slot]);
            memset(port->im[slot], 0, sizeof port->im[slot]);
            port->quiet_blocks++;
        } else {
            correlate(plan, port, clean + b * CP_BLOCK, slot, turns + 2 * CP_CHANNELS * b);
            port->quiet_blocks = 0;
        }
        float total = 0.0f;
        for (int k = 0; k < CP_WINDOW; k++)
            total += port->total[(block - k) & MASK];
        for (int c = 0; c < plan->channels && written < capacity; c++)
            written += follow(plan, port, index, c, block, total, out + written);
    }
    port->busy_tracks = 0;
    for (int c = 0; c < plan->channels; c++)
        port->busy_tracks += port->track[c].on;
    return written;
}

int cp_step(const cp_plan *plan, cp_port *ports, const int16_t *frames, const uint8_t *armed, int port_count,
            int64_t first_block, cp_record *out, int capacity)
{
    float turns[4 * 2 * CP_CHANNELS] = {0};
    int written = 0;
    for (int b = 0; b < 4; b++) {
        for (int c = 0; c < plan->channels; c++) {
            double cycles = plan->cycles_per_block[c] * (double)(first_block + b);
            double angle = 2.0 * 3.14159265358979323846 * (cycles - floor(cycles));
            turns[2 * (CP_CHANNELS * b + c)] = (float)cos(angle);
            turns[2 * (CP_CHANNELS * b + c) + 1] = (float)-sin(angle);
        }
    }
    for (int p = 0; p < port_count; p++)
        if (armed[p])
            written += step_port(plan, ports + p, p, frames + 4 * CP_BLOCK * p, first_block, turns, out + written,
                                 capacity - written);
    return written;
}
