/* The small curves of tables. */
#include "analyze/cmd/report/document_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool spark_next(struct spark *spark, double *value, bool *known)
{
	spark->at += strspn(spark->at, " \t\n");
	if (!*spark->at)
		return false;
	const size_t length = strcspn(spark->at, " \t\n");
	char *end;
	*value = strtod(spark->at, &end);
	*known = end == spark->at + length && isfinite(*value);
	spark->at += length;
	return true;
}

size_t spark_values(const char *text, double *values, size_t room)
{
	struct spark spark = {text};
	size_t count = 0, filled = 0;
	double value;
	bool known;
	while (spark_next(&spark, &value, &known))
		count++;
	spark.at = text;
	for (size_t i = 0; i < count && spark_next(&spark, &value, &known); i++) {
		const size_t place = count > room ? i * room / count : i;
		if (place >= filled) {
			values[place] = NAN;
			filled = place + 1;
		}
		if (known && !(values[place] >= value))
			values[place] = value;
	}
	return filled;
}

void spark_blocks(FILE *out, const char *text, size_t room)
{
	static const char *const blocks[] = {"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
	double values[64], least = 0, most = 0;
	const size_t count = spark_values(text, values, room < 64 ? room : 64);
	for (size_t i = 0; i < count; i++) {
		least = values[i] < least ? values[i] : least;
		most = values[i] > most ? values[i] : most;
	}
	for (size_t i = 0; i < count; i++) {
		const double height = most > least ? (values[i] - least) / (most - least) : 0;
		fputs(isnan(values[i]) ? "\u00b7" : blocks[(size_t)(height * 7.999)], out);
	}
}
