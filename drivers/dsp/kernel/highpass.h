#ifndef HOTLINEBOX_HIGHPASS_H
#define HOTLINEBOX_HIGHPASS_H
#include <stdint.h>

enum { HP_MEMORY = 4 };

void hp_run(float *memory, const int16_t *in, float *out, int count);
int hp_loudest(const int16_t *in, int count);

#endif
