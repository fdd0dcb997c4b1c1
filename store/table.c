#include "store/table.h"

#include "store/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMN_GAP 2
#define NARROWEST 8 /* a text is not cut below this */
/* Widths come from this many rows; later ones that are wider stand out. So memory is bounded. */
#define ROWS_MEASURED 1000

struct column_layout {
	char *name;
	size_t width;
	size_t decimals; /* numbers are filled up to so many */
	bool text;	 /* has a text somewhere: to the left */
};

struct table {
	struct table_options options;
	FILE *out;
	struct column_layout *columns;
	size_t count;
	size_t rows;	 /* taken */
	char **measured; /* cells of the first rows, row by row; TABLE_TEXT */
	size_t waiting;	 /* rows in it */
	bool laid_out;
};

struct table_options table_options_for(enum table_format format, FILE *out)
{
	struct table_options options = { .format = format };
	struct winsize size;
	int fd = fileno(out);
	options.terminal = fd >= 0 && isatty(fd);
	if (options.terminal)
		options.width = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
	return options;
}

struct table *table_new(const struct table_options *options, FILE *out)
{
	struct table *table = calloc(1, sizeof(*table));
	if (!table)
		return NULL;
	table->options = *options;
	table->out = out;
	return table;
}

static void forget_rows(struct table *table)
{
	for (size_t i = 0; i < table->waiting * table->count; i++)
		free(table->measured[i]);
	free(table->measured);
	table->measured = NULL;
	table->waiting = 0;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	if (table->measured)
		forget_rows(table);
	for (size_t i = 0; table->columns && i < table->count; i++)
		free(table->columns[i].name);
	free(table->columns);
	free(table);
}

enum status table_header(struct table *table, const char *const *names, size_t count)
{
	table->columns = calloc(count ? count : 1, sizeof(*table->columns));
	if (!table->columns)
		return STATUS_NO_MEMORY;
	table->count = count;
	for (size_t i = 0; i < count; i++) {
		table->columns[i].name = table->options.terminal ? text_escape(names[i], strlen(names[i])) :
								   strdup(names[i]);
		if (!table->columns[i].name)
			return STATUS_NO_MEMORY;
		table->columns[i].width = text_columns(table->columns[i].name);
	}
	if (table->options.format == TABLE_CSV)
		for (size_t i = 0; i < count; i++) {
			write_csv(table->out, table->columns[i].name, strlen(table->columns[i].name));
			putc(i + 1 < count ? ',' : '\n', table->out);
		}
	return STATUS_OK;
}

static char *hex(const char *bytes, size_t length)
{
	char *text = malloc(2 * length + 1);
	if (!text)
		return NULL;
	for (size_t i = 0; i < length; i++)
		snprintf(text + 2 * i, 3, "%02x", (unsigned char)bytes[i]);
	text[2 * length] = '\0';
	return text;
}

/* The cell as text; free it. */
static char *cell_text(const struct table *table, const struct cell *cell)
{
	char *text = NULL;
	switch (cell->kind) {
	case CELL_NULL:
		return strdup("-");
	case CELL_INTEGER:
		return asprintf(&text, "%" PRId64, cell->integer) < 0 ? NULL : text;
	case CELL_REAL:
		return asprintf(&text, "%.15g", cell->real) < 0 ? NULL : text;
	case CELL_TEXT:
		return table->options.terminal ? text_escape(cell->bytes, cell->length) :
						 strndup(cell->bytes, cell->length);
	case CELL_BLOB:
		return hex(cell->bytes, cell->length);
	}
	return NULL;
}

/* Writes at most `width` columns of `text`, with an ellipsis where more is cut. */
static void write_cut(FILE *out, const char *text, size_t width)
{
	size_t keep = width - 3;
	for (; *text && (keep || ((unsigned char)*text & 0xc0) == 0x80); text++) {
		if (((unsigned char)*text & 0xc0) != 0x80)
			keep--;
		putc(*text, out);
	}
	fputs("...", out);
}

/* Digits after the point; SIZE_MAX: this is no number to fill up. */
static size_t decimals_of(const char *text)
{
	size_t whole = strspn(text, "-0123456789");
	if (text[strspn(text, "-0123456789.")] || !strcmp(text, "-"))
		return SIZE_MAX;
	return text[whole] ? strlen(text) - whole - 1 : 0;
}

/* How many columns the point and the zeros take that `text` lacks. */
static size_t filling(const struct column_layout *layout, const char *text)
{
	size_t decimals = layout->text ? SIZE_MAX : decimals_of(text);
	return decimals >= layout->decimals ? 0 : layout->decimals - decimals + (decimals == 0);
}

static void write_number(FILE *out, const char *text, size_t fill)
{
	fputs(text, out);
	if (fill && !strchr(text, '.')) {
		putc('.', out);
		fill--;
	}
	for (; fill; fill--)
		putc('0', out);
}

static void write_padded(struct table *table, size_t column, const char *text)
{
	const struct column_layout *layout = &table->columns[column];
	size_t fill = filling(layout, text);
	size_t used = text_columns(text) + fill;
	size_t padding = used < layout->width ? layout->width - used : 0;
	bool last = column + 1 == table->count;
	if (!layout->text)
		fprintf(table->out, "%*s", (int)padding, "");
	if (layout->text && table->options.width && used > layout->width)
		write_cut(table->out, text, layout->width);
	else
		write_number(table->out, text, fill);
	if (last)
		putc('\n', table->out);
	else
		fprintf(table->out, "%*s", (int)(COLUMN_GAP + (layout->text ? padding : 0)), "");
}

static void write_name(struct table *table, size_t column)
{
	/* A name that looks like a number is not filled up. */
	struct column_layout *layout = &table->columns[column];
	size_t decimals = layout->decimals;
	layout->decimals = 0;
	write_padded(table, column, layout->name);
	layout->decimals = decimals;
}

/* A column of numbers is as wide as its widest when all are filled up. */
static void measure_numbers(struct table *table)
{
	for (size_t i = 0; i < table->waiting * table->count; i++) {
		struct column_layout *layout = &table->columns[i % table->count];
		size_t decimals = layout->text ? SIZE_MAX : decimals_of(table->measured[i]);
		if (decimals != SIZE_MAX && decimals > layout->decimals)
			layout->decimals = decimals;
	}
	for (size_t i = 0; i < table->waiting * table->count; i++) {
		struct column_layout *layout = &table->columns[i % table->count];
		size_t width = text_columns(table->measured[i]) + filling(layout, table->measured[i]);
		layout->width = width > layout->width ? width : layout->width;
	}
}

/* Narrows the widest texts until the lines fit, or nothing is left to narrow. */
static void fit(struct table *table)
{
	size_t total = 0;
	for (size_t i = 0; i < table->count; i++)
		total += table->columns[i].width + (i ? COLUMN_GAP : 0);
	while (total > table->options.width) {
		struct column_layout *widest = NULL;
		for (size_t i = 0; i < table->count; i++) {
			struct column_layout *column = &table->columns[i];
			if (column->text && column->width > NARROWEST && (!widest || column->width > widest->width))
				widest = column;
		}
		if (!widest)
			return;
		widest->width--;
		total--;
	}
}

/* Writes the header and the rows that wait. */
static void lay_out(struct table *table)
{
	measure_numbers(table);
	if (table->options.width)
		fit(table);
	table->laid_out = true;
	for (size_t i = 0; i < table->count; i++)
		write_name(table, i);
	for (size_t i = 0; i < table->waiting * table->count; i++)
		write_padded(table, i % table->count, table->measured[i]);
	if (table->measured)
		forget_rows(table);
}

static enum status text_row(struct table *table, const struct cell *cells)
{
	if (!table->measured && !table->laid_out)
		table->measured = calloc(ROWS_MEASURED * table->count, sizeof(*table->measured));
	if (!table->measured && !table->laid_out)
		return STATUS_NO_MEMORY;
	if (!table->laid_out)
		table->waiting++; /* its cells are NULL until they are there */
	for (size_t i = 0; i < table->count; i++) {
		struct column_layout *layout = &table->columns[i];
		char *text = cell_text(table, &cells[i]);
		if (!text)
			return STATUS_NO_MEMORY;
		if (table->laid_out) {
			write_padded(table, i, text);
			free(text);
			continue;
		}
		size_t width = text_columns(text);
		layout->width = width > layout->width ? width : layout->width;
		layout->text |= cells[i].kind == CELL_TEXT || cells[i].kind == CELL_BLOB;
		table->measured[(table->waiting - 1) * table->count + i] = text;
	}
	if (table->waiting == ROWS_MEASURED)
		lay_out(table);
	return STATUS_OK;
}

static enum status csv_row(struct table *table, const struct cell *cells)
{
	for (size_t i = 0; i < table->count; i++) {
		char *text = cells[i].kind == CELL_NULL ? NULL : cell_text(table, &cells[i]);
		if (!text && cells[i].kind != CELL_NULL)
			return STATUS_NO_MEMORY;
		if (text)
			write_csv(table->out, text, strlen(text));
		free(text);
		putc(i + 1 < table->count ? ',' : '\n', table->out);
	}
	return STATUS_OK;
}

static enum status json_row(struct table *table, const struct cell *cells)
{
	fputs(table->rows == 1 ? "[\n{" : ",\n{", table->out);
	for (size_t i = 0; i < table->count; i++) {
		const char *name = table->columns[i].name;
		fputs(i ? ", " : "", table->out);
		write_json_string(table->out, name, strlen(name));
		fputs(": ", table->out);
		if (cells[i].kind == CELL_NULL) {
			fputs("null", table->out);
			continue;
		}
		if (cells[i].kind == CELL_TEXT) {
			write_json_string(table->out, cells[i].bytes, cells[i].length);
			continue;
		}
		char *text = cell_text(table, &cells[i]);
		if (!text)
			return STATUS_NO_MEMORY;
		bool quoted = cells[i].kind == CELL_BLOB;
		/* JSON has no infinity; this reads as one. */
		bool infinite = cells[i].kind == CELL_REAL && cells[i].real - cells[i].real != 0;
		if (infinite)
			fputs(cells[i].real < 0 ? "-1e999" : "1e999", table->out);
		else
			fprintf(table->out, quoted ? "\"%s\"" : "%s", text);
		free(text);
	}
	putc('}', table->out);
	return STATUS_OK;
}

enum status table_row(struct table *table, const struct cell *cells)
{
	enum status status = STATUS_OK;
	table->rows++;
	switch (table->options.format) {
	case TABLE_TEXT:
		status = text_row(table, cells);
		break;
	case TABLE_CSV:
		status = csv_row(table, cells);
		break;
	case TABLE_JSON:
		status = json_row(table, cells);
		break;
	}
	return !status && ferror(table->out) ? STATUS_IO : status;
}

enum status table_end(struct table *table)
{
	if (table->options.format == TABLE_TEXT && !table->laid_out)
		lay_out(table);
	if (table->options.format == TABLE_JSON)
		fputs(table->rows ? "\n]\n" : "[]\n", table->out);
	return fflush(table->out) || ferror(table->out) ? STATUS_IO : STATUS_OK;
}
