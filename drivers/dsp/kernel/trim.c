/* Outputs of a resampler between two clocks: at each place the row of weights that is nearest to its fraction. */
#include "trim.h"

#include <math.h>

enum { LANES = 8 };

static float weighed(const float *in, const float *weights, int taps)
{
    float lanes[LANES] = {0};
    int n = 0;
    for (; n + LANES <= taps; n += LANES)
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] += in[n + lane] * weights[n + lane];
    float sum = 0.0f;
    for (; n < taps; n++)
        sum += in[n] * weights[n];
    for (int lane = 0; lane < LANES; lane++)
        sum += lanes[lane];
    return sum;
}

/* `kept` reaches from `reach - 1` inputs before the first place to `reach` after the last. */
void trim_outputs(const float *kept, const float *table, int reach, double position, double step, int16_t *out, int count)
{
    int taps = 2 * reach;
    for (int n = 0; n < count; n++) {
        double place = position + step * n;
        int whole = (int)place;
        int phase = (int)lrint((place - whole) * TRIM_PHASES);
        float made = rintf(weighed(kept + whole - reach + 1, table + phase * taps, taps));
        out[n] = made > 32767.0f ? 32767 : made < -32768.0f ? -32768 : (int16_t)made;
    }
}
