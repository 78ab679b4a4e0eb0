/* Line echo canceller: a proportionate normalised LMS filter of 32 ms in the time domain, adapted on whitened signals.
 *
 * Voice excites few directions at a time, so plain LMS is slow; for the update, both sides go through a predictor fitted
 * to the far end's last 50 ms. Two filters: the shadow adapts, the active one cancels and only
 * takes over the shadow's weights when they have proved better for a while, so that a talker at the near end, seen too
 * late, spoils the shadow and not the line.
 */
#include "echo.h"

#include <math.h>
#include <string.h>

enum { SPAN = EC_TAPS + EC_ORDER + EC_FRAME, HANGOVER = 480, PROOF_FRAMES = 3, HARM_FRAMES = 3 };

static const float FASTEST = 0.4f, SLOWEST = 0.1f;
static const float EVEN_SHARE = 0.5f;
static const float QUIET_POWER = 900.0f;        /* far end under -54 dBm0: nothing to learn from */
static const float FLOOR_POWER = 100.0f;         /* keeps a nearly silent far end from making wild steps */
static const float GEIGEL = 0.71f;              /* a hybrid returns at least 3 dB less than it gets */
static const float BETTER = 0.92f, WORSE = 1.6f;
static const float HARMFUL = 1.5f;              /* cancelling that adds so much power does not cancel */

void ec_reset(ec_port *port)
{
    memset(port, 0, sizeof *port);
    port->step = FASTEST;
}

static float dot(const float *a, const float *b, int count)
{
    float sum[8] = {0};
    for (int n = 0; n < count; n += 8)
        for (int lane = 0; lane < 8; lane++)
            sum[lane] += a[n + lane] * b[n + lane];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

static float peak_of(const float *x, int count)
{
    float peak = 0.0f;
    for (int n = 0; n < count; n++)
        peak = fabsf(x[n]) > peak ? fabsf(x[n]) : peak;
    return peak;
}

/* Predictor of the far end (Levinson-Durbin over all that is kept); a[0] is 1. */
static void fit_predictor(const float *x, int count, float *a)
{
    double r[EC_ORDER + 1], error, next[EC_ORDER + 1], p[EC_ORDER + 1] = {1.0};
    for (int lag = 0; lag <= EC_ORDER; lag++) {
        r[lag] = 0.0;
        for (int n = lag; n < count; n++)
            r[lag] += x[n] * x[n - lag];
    }
    error = r[0] = r[0] * 1.001 + 1000.0;
    for (int m = 1; m <= EC_ORDER; m++) {
        double sum = r[m];
        for (int k = 1; k < m; k++)
            sum += p[k] * r[m - k];
        double reflection = -sum / error;
        memcpy(next, p, sizeof p);
        for (int k = 1; k < m; k++)
            next[k] = p[k] + reflection * p[m - k];
        next[m] = reflection;
        memcpy(p, next, sizeof p);
        error *= 1.0 - reflection * reflection;
    }
    for (int k = 0; k <= EC_ORDER; k++)
        a[k] = (float)p[k];
}

/* Shift the far end's newest frame in, delayed by the card's own delay. */
static void take_far(ec_port *port, const int16_t *sent, int delay)
{
    memmove(port->far, port->far + EC_FRAME, (SPAN - EC_FRAME) * sizeof port->far[0]);
    float *newest = port->far + SPAN - EC_FRAME;
    float line[EC_MOST_DELAY + EC_FRAME];
    memcpy(line, port->delayed, sizeof port->delayed);
    for (int n = 0; n < EC_FRAME; n++)
        line[EC_MOST_DELAY + n] = sent[n];
    memcpy(newest, line + EC_MOST_DELAY - delay, EC_FRAME * sizeof *newest);
    memcpy(port->delayed, line + EC_FRAME, sizeof port->delayed);
}

/* `x` through the predictor: out[n] from x[n] and the EC_ORDER samples before it. */
static void whiten(const float *x, const float *a, float *out, int count)
{
    for (int n = 0; n < count; n++)
        out[n] = x[n];
    for (int k = 1; k <= EC_ORDER; k++)
        for (int n = 0; n < count; n++)
            out[n] += a[k] * x[n - k];
}

/* Share of the step that each tap gets: half alike, half by its weight, so that the taps of the echo learn fast and the
 * many others stay quiet (improved proportionate LMS). */
static void shares_of(const float *weights, float *share)
{
    float sum = 1e-6f;
    for (int k = 0; k < EC_TAPS; k++)
        sum += fabsf(weights[k]);
    for (int k = 0; k < EC_TAPS; k++)
        share[k] = EVEN_SHARE + (1.0f - EVEN_SHARE) * EC_TAPS * fabsf(weights[k]) / sum;
}

static float weighted_power(const float *share, const float *x)
{
    float sum[8] = {0};
    for (int n = 0; n < EC_TAPS; n += 8)
        for (int lane = 0; lane < 8; lane++)
            sum[lane] += share[n + lane] * x[n + lane] * x[n + lane];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

/* Normalised LMS on whitened signals. Weights run from the oldest tap to the newest, like
 * the far end, so that both are read in the same direction. */
static void adapt(ec_port *port, const float *near, const float *far)
{
    float share[EC_TAPS];
    shares_of(port->shadow, share);
    for (int n = 0; n < EC_FRAME; n++) {
        if (port->hold > 0) {
            port->hold--;
            continue;
        }
        const float *x = far + 1 + n;
        float error = near[n] - dot(port->shadow, x, EC_TAPS);
        float gain = port->step * error / (weighted_power(share, x) + EC_TAPS * FLOOR_POWER);
        for (int k = 0; k < EC_TAPS; k++)
            port->shadow[k] += gain * share[k] * x[k];
    }
}

static void choose(ec_port *port, float shadow_power, float active_power, float near_power)
{
    port->shadow_power += 0.3f * (shadow_power - port->shadow_power);
    port->active_power += 0.3f * (active_power - port->active_power);
    port->near_power += 0.3f * (near_power - port->near_power);
    float step = 3.0f * port->active_power / (port->near_power + 1.0f);
    port->step = step > FASTEST ? FASTEST : step < SLOWEST ? SLOWEST : step;
    int better = port->shadow_power < BETTER * port->active_power && port->shadow_power < port->near_power;
    int worse = port->shadow_power > WORSE * port->active_power || port->shadow_power > 2.0f * port->near_power;
    port->better_frames = better ? port->better_frames + 1 : 0;
    port->worse_frames = worse ? port->worse_frames + 1 : 0;
    if (port->better_frames >= PROOF_FRAMES) {
        memcpy(port->active, port->shadow, sizeof port->active);
        port->active_power = port->shadow_power;
    } else if (port->worse_frames >= PROOF_FRAMES) {
        memcpy(port->shadow, port->active, sizeof port->shadow);
        port->shadow_power = port->active_power;
    }
}

/* A filter can be wrong and proven all the same: tones of both ends at once look like an echo, until one of them stops.
 * What makes the line louder is passed over, and forgotten when it goes on: never does the listener hear it. */
static void pass_harm_over(ec_port *port, const float *near, float *cleaned)
{
    if (dot(cleaned, cleaned, EC_FRAME) <= HARMFUL * dot(near, near, EC_FRAME) + EC_FRAME * FLOOR_POWER) {
        port->harmful_frames = 0;
        return;
    }
    memcpy(cleaned, near, EC_FRAME * sizeof *cleaned);
    if (++port->harmful_frames < HARM_FRAMES)
        return;
    memset(port->active, 0, sizeof port->active);
    memset(port->shadow, 0, sizeof port->shadow);
    port->shadow_power = port->active_power = port->near_power;
    port->step = FASTEST;
    port->better_frames = port->worse_frames = port->harmful_frames = 0;
}

static void step_port(ec_port *port, const int16_t *received, const int16_t *sent, int delay, int16_t *out)
{
    float near[EC_ORDER + EC_FRAME], cleaned[EC_FRAME], shadow_error[EC_FRAME], a[EC_ORDER + 1];
    float white_far[EC_TAPS + EC_FRAME], white_near[EC_FRAME];
    take_far(port, sent, delay);
    if (peak_of(port->far, SPAN) < 1.0f) {      /* nothing sent, nothing comes back */
        memcpy(out, received, EC_FRAME * sizeof *out);
        for (int k = 0; k < EC_ORDER; k++)
            port->near_past[k] = received[EC_FRAME - EC_ORDER + k];
        return;
    }
    memcpy(near, port->near_past, sizeof port->near_past);
    for (int n = 0; n < EC_FRAME; n++) {
        near[EC_ORDER + n] = received[n];
        cleaned[n] = received[n] - dot(port->active, port->far + EC_ORDER + 1 + n, EC_TAPS);
    }
    float far_power = dot(port->far + EC_ORDER + 2, port->far + EC_ORDER + 2, SPAN - EC_ORDER - 2 - 6) / SPAN;
    if (far_power > QUIET_POWER) {
        if (peak_of(near + EC_ORDER, EC_FRAME) > GEIGEL * peak_of(port->far, SPAN))
            port->hold = HANGOVER;
        fit_predictor(port->far, SPAN, a);
        whiten(port->far + EC_ORDER, a, white_far, EC_TAPS + EC_FRAME);
        whiten(near + EC_ORDER, a, white_near, EC_FRAME);
        for (int n = 0; n < EC_FRAME; n++)      /* before this frame can flatter it */
            shadow_error[n] = near[EC_ORDER + n] - dot(port->shadow, port->far + EC_ORDER + 1 + n, EC_TAPS);
        adapt(port, white_near, white_far);
        if (!port->hold)
            choose(port, dot(shadow_error, shadow_error, EC_FRAME), dot(cleaned, cleaned, EC_FRAME),
                   dot(near + EC_ORDER, near + EC_ORDER, EC_FRAME));
    }
    memcpy(port->near_past, near + EC_FRAME, sizeof port->near_past);
    pass_harm_over(port, near + EC_ORDER, cleaned);
    for (int n = 0; n < EC_FRAME; n++) {
        float value = rintf(cleaned[n]);
        out[n] = (int16_t)(value > 32767.0f ? 32767.0f : value < -32768.0f ? -32768.0f : value);
    }
}

void ec_step(ec_port *ports, const int16_t *received, const int16_t *sent, const uint8_t *armed, int port_count,
             int delay, int16_t *out)
{
    for (int p = 0; p < port_count; p++, received += EC_FRAME, sent += EC_FRAME, out += EC_FRAME) {
        if (armed[p])
            step_port(ports + p, received, sent, delay, out);
        else
            memcpy(out, received, EC_FRAME * sizeof *out);
    }
}
