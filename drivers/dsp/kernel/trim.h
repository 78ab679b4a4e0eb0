#ifndef HOTLINEBOX_TRIM_H
#define HOTLINEBOX_TRIM_H
#include <stdint.h>

enum { TRIM_PHASES = 512 };

void trim_outputs(const float *kept, const float *table, int reach, double position, double step, int16_t *out, int count);

#endif
