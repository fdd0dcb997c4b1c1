#include "store/nearest.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LETTERS_MAX 40

static size_t least(size_t one, size_t other)
{
	return one < other ? one : other;
}

/* Letters that are missing, too many, other ones, or changed places with the next (optimal string alignment). */
static size_t distance(const char *one, size_t rows, const char *other, size_t columns)
{
	size_t steps[LETTERS_MAX + 1][LETTERS_MAX + 1];
	for (size_t i = 0; i <= rows; i++)
		steps[i][0] = i;
	for (size_t k = 0; k <= columns; k++)
		steps[0][k] = k;
	for (size_t i = 1; i <= rows; i++)
		for (size_t k = 1; k <= columns; k++) {
			size_t best = least(steps[i - 1][k], steps[i][k - 1]) + 1;
			best = least(best, steps[i - 1][k - 1] + (one[i - 1] != other[k - 1]));
			if (i > 1 && k > 1 && one[i - 1] == other[k - 2] && one[i - 2] == other[k - 1])
				best = least(best, steps[i - 2][k - 2] + 1);
			steps[i][k] = best;
		}
	return steps[rows][columns];
}

struct nearest nearest_to(const char *word)
{
	return (struct nearest){.word = word, .distance = SIZE_MAX};
}

void nearest_offer(struct nearest *nearest, const char *name, size_t length)
{
	const size_t letters = strcspn(nearest->word, "=");
	if (letters < 2 || letters > LETTERS_MAX || length > LETTERS_MAX)
		return;
	/* How an option begins is enough for it; where it is not, it is short for several. */
	const bool begins = letters >= 3 && nearest->word[0] != '-';
	const size_t far = begins && length > letters && strncmp(name, nearest->word, letters) == 0
				   ? 1
				   : distance(nearest->word, letters, name, length);
	if (far >= nearest->distance || far > 1 + letters / 5)
		return;
	nearest->distance = far;
	snprintf(nearest->meant, sizeof nearest->meant, "; did you mean %.*s?", (int)length, name);
}
