/* What tone and caller-ID detectors put in front: everything under the telephone band (hum, ringing, DC) taken off.
 *
 * Elliptic high-pass, 4th order: 0.3 dB ripple above 320 Hz, at least 40 dB down at 150 Hz and below.
 */
#include "highpass.h"

static const float STAGE[2][5] = {
    {0.72262628f, -1.44253800f, 0.72262628f, -1.51487356f, 0.60953689f},
    {1.0f, -1.98108627f, 1.0f, -1.87732999f, 0.93156677f},
};

void hp_run(float *memory, const int16_t *in, float *out, int count)
{
    float a0 = memory[0], a1 = memory[1], b0 = memory[2], b1 = memory[3];
    for (int n = 0; n < count; n++) {
        float x = in[n];
        float y = STAGE[0][0] * x + a0;
        a0 = STAGE[0][1] * x - STAGE[0][3] * y + a1;
        a1 = STAGE[0][2] * x - STAGE[0][4] * y;
        float z = STAGE[1][0] * y + b0;
        b0 = STAGE[1][1] * y - STAGE[1][3] * z + b1;
        b1 = STAGE[1][2] * y - STAGE[1][4] * z;
        out[n] = z;
    }
    memory[0] = a0, memory[1] = a1, memory[2] = b0, memory[3] = b1;
}

/* The largest magnitude; what it costs to see that a frame is silent. */
int hp_loudest(const int16_t *in, int count)
{
    int16_t high = 0, low = 0;
    for (int n = 0; n < count; n++) {
        high = in[n] > high ? in[n] : high;
        low = in[n] < low ? in[n] : low;
    }
    return high > -(int)low ? high : -(int)low;
}
