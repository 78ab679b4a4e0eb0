#ifndef HOTLINEBOX_DTMF_WINDOW_H
#define HOTLINEBOX_DTMF_WINDOW_H
#include <stdint.h>

enum { DTMF_WINDOW = 176, DTMF_HOP = 40, DTMF_TONES = 8, DTMF_FIRST_SCAN_BIN = 13, DTMF_SCAN_BINS = 68 };

void dtmf_prepare(void);                                  /* makes the tables; once, before anything else */
void dtmf_take(float *memory, float *samples, const int16_t *in); /* a hop through the high-pass into the window */
float dtmf_power(const float *samples);                   /* mean square under the window */
float dtmf_analyse(const float *samples, float *re, float *im); /* the tones' amplitudes; power of 270 to 600 Hz */
void dtmf_scan(const float *samples, float *re, float *im); /* amplitudes all over the band; 16-byte aligned room */
float dtmf_scan_hz(int bin);
float dtmf_tone_hz(int tone);
void dtmf_turn_back(int tone, float *re, float *im);      /* takes the nominal advance of one hop out of a phase */
float dtmf_passed(int tone, float offset);                /* share of power the window passes that far off nominal */

#endif
