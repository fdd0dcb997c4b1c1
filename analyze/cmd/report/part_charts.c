#include "analyze/cmd/picture.h"
#include "analyze/cmd/report/sheet.h"
#include "analyze/engine/facts.h"

#include <stdlib.h>
#include <string.h>

/* What failed is told in the document, but for STATUS_INTERRUPTED. */
static enum status draw(struct sheet *sheet, const char *name, int64_t flow, struct drawn *drawn)
{
	char message[PICTURE_MESSAGE_MAX] = "";
	struct picture picture = {
		.database = sheet->subject->database,
		.flow = flow,
		.capture = flow ? 0 : sheet->subject->capture,
		.from_ns = NO_TIME,
		.to_ns = NO_TIME,
		.terminal = "svg",
		.in_page = true,
		.capture_path = sheet->subject->capture_path,
		.time_zone = sheet->subject->time_zone,
	};
	*drawn = (struct drawn){0};
	if (!sheet->charts || !chart_find(name, &picture.chart))
		return STATUS_OK;
	enum status status = picture_text(&picture, sheet->reader, &drawn->svg, &drawn->bytes, message);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status == STATUS_OK) {
		drawn->title = sql_comment_value(picture.chart.sql, "title");
		drawn->about = sql_comment_value(picture.chart.sql, "about");
		return drawn->title ? STATUS_OK : STATUS_NO_MEMORY;
	}
	sheet->charts = sheet->charts && status != STATUS_UNSUPPORTED;
	if (status == STATUS_UNSUPPORTED)
		document_warning(sheet->document, NULL, "The charts are missing: gnuplot is not installed (package gnuplot-nox).");
	else if (status != STATUS_INTERRUPTED)
		document_warning(sheet->document, NULL, message);
	return status == STATUS_INTERRUPTED || status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

void drawn_clear(struct drawn *drawn)
{
	free(drawn->svg);
	free(drawn->title);
	free(drawn->about);
	*drawn = (struct drawn){0};
}

size_t part_draw(struct sheet *sheet, const struct part *part, int64_t flow, struct drawn drawn[PART_LINES_MAX],
		 enum status *status)
{
	size_t count = 0;
	memset(drawn, 0, PART_LINES_MAX * sizeof *drawn);
	if (sheet->subject->one_of_many && !part->charts_in_batch)
		return 0;
	for (size_t i = 0; i < part->chart_count && *status == STATUS_OK; i++) {
		*status = draw(sheet, part->charts[i], flow, &drawn[i]);
		count += drawn[i].svg != NULL;
	}
	return count;
}

void part_charts(struct sheet *sheet, const struct part *part, struct drawn drawn[PART_LINES_MAX])
{
	for (size_t i = 0; i < part->chart_count; i++) {
		if (drawn[i].svg)
			document_chart(sheet->document, strcmp(drawn[i].title, part->title) ? drawn[i].title : NULL, drawn[i].about,
				       drawn[i].svg, drawn[i].bytes);
		drawn_clear(&drawn[i]);
	}
}

