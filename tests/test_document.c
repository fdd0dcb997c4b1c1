/* Speaks for analyze/cmd/report/document.c: what comes from packets and file names stays text in every format, and what is written is
 * whole. `test_document FORMAT [CHART.svg]` writes the same document for tests/report_page.sh. */
#include "analyze/cmd/report/document.h"
#include "store/json.h"
#include "tests/document_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Names as a packet may carry them. */
static const char script[] = "<script>document.title=\"pwned\"</script>";
static const char image[] = "<img src=x onerror=\"document.title='pwned'\">";
static const char steering[] = "a\x1b[31mred\x07";
static const char broken[] = "caf\xc3\xa9 \xff\xc3(";
static const char reordered[] = "invoice\xe2\x80\xae" "gpj.exe\xe2\x80\x8b.example";
static const char marked[] = "**b** [x](http://evil.example) | `c` @team #1 www.evil.example\n# head";

/* As gnuplot writes it, cut short. */
static const char drawing[] =
	"<svg \n viewBox=\"0 0 1000 600\"\n xmlns=\"http://www.w3.org/2000/svg\"\n xmlns:xlink=\"http://www.w3.org/1999/xlink\"\n>\n"
	"<title>Gnuplot</title>\n<desc>Produced by GNUPLOT 5.4 patchlevel 4 </desc>\n<g id=\"gnuplot_canvas\">\n"
	"<rect x=\"0\" y=\"0\" width=\"1000\" height=\"600\" fill=\"#ffffff\"/>\n"
	"<rect x=\"0\" y=\"0\" width=\"1000\" height=\"600\" fill=\"none\"/>\n<defs>\n"
	"\t<circle id='gpPt5' stroke-width='0.205' stroke='currentColor' cx='0' cy='0' r='1'/>\n"
	"\t<use xlink:href='#gpPt5' id='gpPt6' fill='currentColor' stroke='none'/>\n"
	"\t<rect id='gpPt3' stroke-width='0.205' x='-1' y='-1' width='2' height='2'/>\n</defs>\n"
	"<g fill=\"none\" color=\"black\" stroke=\"rgb( 96,  96,  96)\" stroke-width=\"0.60\" stroke-linecap=\"butt\">\n</g>\n"
	"<g fill=\"none\" stroke=\"gray\">\n\t<path d='M1,2 L3,4 C5,6,7,8,9,10 L11,12'/></g>\n<g>\n</g>\n"
		"<g fill=\"none\" stroke=\"gray\">\n\t<path d='M1,2L3.50,4'/><g stroke='none' shape-rendering='crispEdges'>\n"
	"\t<polygon fill = 'rgb(204, 227, 240)' points = '1.00,2.00 3.00,4.00 '/>\n</g></g>\n"
	"<g fill=\"none\" color=\"black\" stroke=\"black\" stroke-width=\"1.00\">\n"
	"\t<path stroke='rgb(221, 221, 221)' class=\"gridline\"  d='M75.00,330.50 L799.99,330.00  '/>"
	"<g transform=\"translate(60.05,334.23)\" stroke=\"none\" fill=\"black\" font-size=\"13.00\">\n"
	"\t\t<text>a &lt;b&gt; &amp; c</text>\n\t</g>\n\t<use xlink:href='#gpPt6' transform='translate(1.00,2.00)'/>\n</g>\n</g>\n</svg>\n";

static const struct document_column columns[] = {
	{"name", "name", DOCUMENT_WORDS},	 {"address", "address", DOCUMENT_CODE}, {"sent", "sent, MB", DOCUMENT_NUMBER},
	{"course", "course", DOCUMENT_SPARKLINE}, {"severity", "severity", DOCUMENT_SEVERITY},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

static void write_table(struct document *document)
{
	const char *const names[] = {"api.example", script, image, steering, broken, reordered, marked};
	document_table(document, "services", "The busiest", columns, COLUMNS);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const struct document_cell cells[COLUMNS] = {
			{names[i], "#flow-3"}, {"[2001:db8::1]:443", NULL}, {i == 1 ? "NaN" : i == 2 ? "1,5" : i == 3 ? NULL : "12.5", NULL},
			{"1 2 - 4 8 - 16 0", NULL}, {i % 2 ? "warning" : "critical", NULL},
		};
		document_row(document, cells);
	}
	document_table_end(document);
}

static void write_findings(struct document *document)
{
	const struct document_evidence evidence[] = {
		{"10.0.0.1 sent 3 % again", "flow 3, frame 812", "tcp.stream == 3 && frame.number == 812", "#flow-3"},
		{script, image, "frame contains \"|`<script>`|\"", "javascript:alert(1)"},
	};
	document_findings(document, "findings");
	document_finding(document, &(struct document_finding){
		.severity = "critical", .code = "loss_upstream", .layer = "L4", .title = "Segments are lost before the tap",
		.explanation = "The tap saw the hole and, later, what filled it.\nSo the loss happened before it.",
		.advice = "Look at the interfaces before the tap: `ip -s link | grep <eth0>` and its driver.",
		.evidence = evidence, .evidence_count = 2, .evidence_more = 5,
	});
	document_finding(document, &(struct document_finding){.severity = "warning", .code = "tail_loss", .layer = "L4",
		.title = script, .advice = marked, .explained_by = "Segments are lost before the tap"});
	document_findings_end(document);
}

/* A piece of every kind. */
static void write_sections(struct document *document, const char *svg, size_t bytes)
{
	const struct document_column names[] = {{"file", "File", DOCUMENT_CODE}, {"packets", "Packets", DOCUMENT_NUMBER},
						{"host", "Host", DOCUMENT_WORDS}};
	const struct document_cell values[] = {{"/tmp/<b>.pcap", NULL}, {"1000000", NULL}, {script, "a:b/c d.html"}};
	document_section(document, &(struct document_section){.key = "capture", .id = "c1", .title = image, .severity = "critical"});
	document_verdict(document, "critical", "3.1 % of the segments from 10.0.0.1 are lost before the tap.");
	document_warning(document, "dropped", "3 packets were dropped while this was captured.");
	document_warning(document, "dropped", script);
	document_paragraph(document, "about", marked);
	document_facts(document, "file", names, values, 3);
	write_findings(document);
	document_section(document, &(struct document_section){.key = "overview", .id = "overview", .title = "Overview"});
	document_chart(document, "Overview", "Mbit/s in total and goodput: <b>", svg, bytes);
	document_chart(document, "Once more", NULL, svg, bytes);
	document_section_end(document);
	document_section(document, &(struct document_section){.key = "tables", .id = "services", .title = "Services", .remark = steering});
	write_table(document);
	document_section_end(document);
	document_section(document, &(struct document_section){.key = "names", .id = "names", .title = script});
	document_section_end(document);
	document_list(document, "flows");
	document_section(document, &(struct document_section){.key = "flow", .id = "flow-3", .title = "Flow 3", .remark = script, .folded = true});
	document_paragraph(document, "note", "What the flow did.");
	document_section_end(document);
	document_list_end(document);
	document_section_end(document);
}

static void write_whole(struct document *document, const char *svg, size_t bytes)
{
	document_begin(document, script, "made by a test, on a day");
	write_sections(document, svg, bytes);
}

static char *whole(enum document_format format)
{
	return written(format, write_whole, drawing, sizeof drawing - 1);
}

/* The value of a member of a member ..., as sqlite3 reads it; free it. */
static char *json_at(const char *text, const char *first, const char *second)
{
	struct json_document *json, *inner = NULL;
	assert_int_equal(json_parse(&json, text, strlen(text)), STATUS_OK);
	char *value = json_get_text(json, first);
	json_document_free(json);
	if (!second || !value)
		return value;
	assert_int_equal(json_parse(&inner, value, strlen(value)), STATUS_OK);
	free(value);
	value = json_get_text(inner, second);
	json_document_free(inner);
	return value;
}

static void assert_json(const char *text, const char *first, const char *second, const char *expected)
{
	char *value = json_at(text, first, second);
	assert_non_null(value);
	assert_string_equal(value, expected);
	free(value);
}

static void html_keeps_hostile_names_as_text(void **state)
{
	(void)state;
	char *html = whole(DOCUMENT_HTML);
	assert_balanced(html);
	assert_visible(html);
	assert_lacks(html, "<script");
	assert_lacks(html, "<img");
	assert_lacks(html, "javascript:");
	assert_has(html, "&lt;script&gt;document.title=&quot;pwned&quot;&lt;/script&gt;");
	assert_has(html, "<title>&lt;script&gt;");
	assert_has(html, "a\\x1b[31mred\\x07");
	assert_has(html, "caf\xc3\xa9 \\xff\\xc3(");
	assert_has(html, "invoice\\u202egpj.exe\\u200b.example");
	assert_has(html, "href=\"a%3Ab/c%20d.html\"");
	free(html);
}

static void html_stands_alone(void **state)
{
	(void)state;
	char *html = whole(DOCUMENT_HTML);
	assert_int_equal(strncmp(html, "<!DOCTYPE html>\n", 16), 0);
	assert_has(html, "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'");
	assert_int_equal(count_of(html, "<h1>"), 1);
	assert_lacks(html, "=\"http");
	assert_lacks(html, "url(");
	assert_lacks(html, " src=\"");
	assert_has(html, "before the tap: <code>ip -s link | grep &lt;eth0&gt;</code> and its driver.</p>");
	/* The contents of the only section, but not of the list in it. */
	assert_has(html, "<li><a href=\"#overview\">Overview</a></li>\n<li><a href=\"#services\">Services</a></li>\n"
			 "<li><a href=\"#names\">&lt;script&gt;");
	assert_lacks(html, "<li><a href=\"#flow-3\">");
	/* A chart is not called what its section is called. */
	assert_int_equal(count_of(html, "<figcaption>"), 1);
	assert_has(html, "<details class=\"section\"><summary><h3>");
	assert_has(html, "<th scope=\"col\"");
	assert_has(html, "<caption>The busiest</caption>");
	free(html);
}

static void charts_share_a_page(void **state)
{
	(void)state;
	char *html = whole(DOCUMENT_HTML);
	assert_int_equal(count_of(html, "<svg class=\"chart\""), 2);
	assert_has(html, "<title>Mbit/s in total and goodput: &lt;b&gt;</title>");
	/* What something refers to, and what that refers to, is there once per chart. */
	assert_int_equal(count_of(html, " id=\"g1-1\""), 1);
	assert_int_equal(count_of(html, " id=\"g2-1\""), 1);
	assert_int_equal(count_of(html, "href=\"#g2-0\""), 1);
	assert_lacks(html, "gpPt3");
	/* A group that ends and begins again goes on. */
	assert_has(html, "<g stroke=\"gray\"><path d=\"M1,2 3,4 C5,6,7,8,9,10 L11,12\"/><path d=\"M1 2l2.5 2\"/><polygon fill=\"#cce3f0\" points=\"1,2 3,4\"/></g>");
	assert_lacks(html, "gnuplot_canvas");
	assert_lacks(html, "GNUPLOT");
	assert_lacks(html, "height=\"600\""); /* the white sheet */
	assert_has(html, "<path stroke=\"#ddd\" d=\"M75 330.5l724.9-.5\"/>");
	assert_has(html, "fill=\"#000\"");
	assert_has(html, "<text>a &lt;b&gt; &amp; c</text>");
	free(html);
}

static void json_is_valid_whatever_happens(void **state)
{
	(void)state;
	char *json = whole(DOCUMENT_JSON);
	assert_visible(json);
	assert_json(json, "title", NULL, script);
	assert_json(json, "capture", "title", image);
	assert_json(json, "capture", "dropped", "3 packets were dropped while this was captured.");
	assert_json(json, "capture", "dropped_2", script);
	assert_json(json, "capture", "about", marked);
	/* Escaped as jq shows it, and numbers that are none. */
	assert_has(json, "{\"name\": \"api.example\", \"address\": \"[2001:db8::1]:443\", \"sent\": 12.5, \"course\": [1, 2, null, 4, 8, null, 16, 0], "
			 "\"severity\": \"critical\"}");
	assert_lacks(json, "NaN");
	assert_has(json, "\"sent\": \"1,5\"");
	assert_has(json, "\"sent\": null");
	assert_has(json, "\"a\\u001b[31mred\\u0007\"");
	assert_has(json, "caf\xc3\xa9 \\\\xff\\\\xc3(");
	assert_has(json, "invoice\\u202egpj.exe\\u200b.example");
	free(json);
}

static void markdown_keeps_names_as_text(void **state)
{
	(void)state;
	char *text = whole(DOCUMENT_MARKDOWN);
	assert_visible(text);
	assert_has(text, "before the tap: `ip -s link | grep <eth0>` and its driver.\n");
	assert_has(text, "# \\<script\\>document.title=\"pwned\"\\</script\\>\n");
	assert_has(text, "\\*\\*b\\*\\* \\[x\\](http\\://evil.example) \\| \\`c\\` @<!-- -->team \\#<!-- -->1 www\\.evil.example\\\\n# head](#flow-3) |");
	assert_has(text, "| `[2001:db8::1]:443` | 12.5 | \u2581\u2581\u00b7\u2582\u2584\u00b7\u2588\u2581 | **critical** |");
	/* Each row of the table has its five cells: no name ends one early. */
	for (const char *line = strstr(text, "| name |"); line && *line == '|'; line = strchr(line, '\n') + 1) {
		size_t bars = 0;
		for (const char *at = line; *at != '\n'; at++)
			bars += *at == '|' && (at == line || at[-1] != '\\');
		assert_int_equal(bars, COLUMNS + 1);
	}
	free(text);
}

static void text_fits_80_columns(void **state)
{
	(void)state;
	char *text = whole(DOCUMENT_TEXT);
	assert_visible(text);
	assert_has(text, "tcp.stream == 3 && frame.number == 812\n");
	assert_has(text, "critical  Segments are lost before the tap (loss_upstream)\n");
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		size_t columns_used = 0;
		for (const char *at = line; *at != '\n'; at++)
			columns_used += ((unsigned char)*at & 0xc0) != 0x80;
		if (columns_used > 80)
			fail_msg("%zu columns: %.*s", columns_used, (int)strcspn(line, "\n"), line);
	}
	free(text);
}

/* A column of words that is too wide goes on in lines of its own: nothing of it is lost, and no line ends with a blank. */
static void text_tables_wrap_words(void **state)
{
	(void)state;
	static const struct document_column four[] = {
		{"flow", "flow", DOCUMENT_NUMBER}, {"client", "client", DOCUMENT_CODE}, {"why", "why", DOCUMENT_WORDS},
		{"packets", "packets", DOCUMENT_NUMBER},
	};
	static const struct document_cell rows[][4] = {
		{{.text = "1"}, {.text = "192.0.2.1:40001"},
		 {.text = "A receiver closed its window: its program does not read, for 23.7 s in all"},
		 {.text = "1,000"}},
		{{.text = "2"}, {.text = "192.0.2.1:40002"}, {.text = "r\303\251sum\303\251"}, {.text = "7"}},
	};
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	struct document *document = document_new(DOCUMENT_TEXT, out);
	document_begin(document, "T", NULL);
	document_table(document, "flows", NULL, four, 4);
	document_row(document, rows[0]);
	document_row(document, rows[1]);
	document_table_end(document);
	assert_int_equal(document_end(document), STATUS_OK);
	document_free(document);
	fclose(out);
	assert_has(text, "flow  client           why                                               packets\n"
			 "   1  192.0.2.1:40001  A receiver closed its window: its program does      1,000\n"
			 "                       not read, for 23.7 s in all\n"
			 "   2  192.0.2.1:40002  r\303\251sum\303\251                                                  7\n");
	free(text);
}

static char *said(enum document_format format, const char *words, const char *advice)
{
	const struct document_finding finding = {.severity = "note", .title = "T", .code = "t", .advice = advice};
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	struct document *document = document_new(format, out);
	document_begin(document, "T", NULL);
	document_paragraph(document, "words", words);
	document_findings(document, "findings");
	document_finding(document, &finding);
	document_findings_end(document);
	assert_int_equal(document_end(document), STATUS_OK);
	document_free(document);
	fclose(out);
	return text;
}

static void numbers_keep_their_units(void **state)
{
	(void)state;
	/* 77 columns and the number: the unit would be alone in the next line; 3 segments are no 3 s */
	static const char words[] = "A line of seventy-seven columns is so long that no more than a number fits 12 ms, 0.4 % of 3 segments.";
	static const char advice[] = "Read what the program says before it goes on to say the same again: `wiretape query DB events`, `sleep 5 s`.";
	char *html = said(DOCUMENT_HTML, words, advice);
	assert_has(html, "fits 12\302\240ms, 0.4\302\240% of 3 segments.");
	assert_has(html, "<code>sleep 5 s</code>"); /* to be copied */
	free(html);
	char *text = said(DOCUMENT_TEXT, words, advice);
	assert_has(text, "number fits\n12 ms, 0.4 % of 3 segments.\n");
	assert_has(text, "the same again:\n  `wiretape query DB events`, `sleep 5 s`.\n");
	free(text);
}

/* Filled by several workers: each writes a section of its own without knowing its place. */
static void include_some(struct document *document, const char *svg, size_t bytes, int count)
{
	document_begin(document, "Captures", NULL);
	document_list(document, "captures");
	for (int i = 0; i < count; i++) {
		FILE *file = tmpfile();
		struct document *fragment = document_new(document_format(document), file);
		assert_non_null(fragment);
		write_sections(fragment, svg, bytes);
		assert_int_equal(document_end(fragment), STATUS_OK);
		document_free(fragment);
		rewind(file);
		document_include(document, file);
		fclose(file);
	}
	document_list_end(document);
	document_paragraph(document, "end", "That is all.");
}

static void write_included(struct document *document, const char *svg, size_t bytes)
{
	include_some(document, svg, bytes, 3);
}

static void write_only(struct document *document, const char *svg, size_t bytes)
{
	include_some(document, svg, bytes, 1);
}

static void fragments_become_one_document(void **state)
{
	(void)state;
	char *html = written(DOCUMENT_HTML, write_included, drawing, sizeof drawing - 1);
	assert_balanced(html);
	assert_visible(html);
	assert_int_equal(count_of(html, " id=\"f1-1-1\""), 1);
	assert_int_equal(count_of(html, " id=\"f3-2-1\""), 1);
	assert_int_equal(count_of(html, "href=\"#f3-2-0\""), 1);
	assert_int_equal(count_of(html, "<section id=\"c1\">\n<h2>"), 3);
	assert_int_equal(count_of(html, "<section id=\"overview\">\n<h3>"), 3);
	assert_lacks(html, "<nav"); /* a table leads to the captures */
	free(html);
	html = written(DOCUMENT_HTML, write_only, drawing, sizeof drawing - 1);
	assert_balanced(html);
	assert_visible(html);
	assert_has(html, "<nav aria-label=\"Contents\"><ul>\n<li><a href=\"#overview\">Overview</a></li>\n<li><a href=\"#services\">");
	free(html);

	char *json = written(DOCUMENT_JSON, write_included, drawing, sizeof drawing - 1);
	assert_visible(json);
	assert_json(json, "end", NULL, "That is all.");
	char *captures = json_at(json, "captures", NULL);
	assert_int_equal(count_of(captures, "\"overview\":"), 3);
	assert_lacks(captures, "\"capture\":");
	free(captures);
	free(json);

	char *text = written(DOCUMENT_MARKDOWN, write_included, drawing, sizeof drawing - 1);
	assert_visible(text);
	assert_int_equal(count_of(text, "\n### Overview\n"), 3);
	free(text);
	text = written(DOCUMENT_TEXT, write_included, drawing, sizeof drawing - 1);
	assert_int_equal(count_of(text, "\nOverview\n--------\n"), 3);
	free(text);
}

/* A fragment that is a section `key` with `inner` in it, which is closed. */
static FILE *fragment_of(enum document_format format, const char *key, FILE *inner)
{
	FILE *file = tmpfile();
	struct document *fragment = document_new(format, file);
	assert_non_null(fragment);
	document_section(fragment, &(struct document_section){.key = key, .id = key, .title = key});
	if (inner) {
		document_include(fragment, inner);
		fclose(inner);
	}
	document_chart(fragment, "Chart", NULL, drawing, sizeof drawing - 1);
	assert_int_equal(document_end(fragment), STATUS_OK);
	document_free(fragment);
	rewind(file);
	return file;
}

static void write_nested(struct document *document, const char *svg, size_t bytes)
{
	(void)svg, (void)bytes;
	const enum document_format format = document_format(document);
	FILE *file = fragment_of(format, "outer", fragment_of(format, "middle", fragment_of(format, "inner", NULL)));
	document_begin(document, "Nested", NULL);
	document_section(document, &(struct document_section){.key = "all", .title = "All"});
	document_paragraph(document, "before", "First.");
	document_include(document, file);
	fclose(file);
}

static void fragments_in_fragments_know_their_depth(void **state)
{
	(void)state;
	char *html = written(DOCUMENT_HTML, write_nested, NULL, 0);
	assert_balanced(html);
	assert_visible(html);
	assert_has(html, "<section id=\"outer\">\n<h3>");
	assert_has(html, "<section id=\"middle\">\n<h4>");
	assert_has(html, "<section id=\"inner\">\n<h5>");
	assert_int_equal(count_of(html, " id=\"f1-1-1\""), 1);
	assert_int_equal(count_of(html, " id=\"f1-1-1-1\""), 1);
	assert_int_equal(count_of(html, " id=\"f1-1-1-1-1\""), 1);
	free(html);

	char *json = written(DOCUMENT_JSON, write_nested, NULL, 0), *outer = json_at(json, "all", "outer");
	assert_json(json, "all", "before", "First.");
	assert_non_null(outer);
	assert_json(outer, "middle", "title", "middle");
	free(outer);
	free(json);

	char *text = written(DOCUMENT_MARKDOWN, write_nested, NULL, 0);
	assert_visible(text);
	assert_has(text, "\n### outer\n");
	assert_has(text, "\n##### inner\n");
	free(text);
}

/* Somebody pressed ^C in the middle. */
static void write_half(struct document *document, const char *svg, size_t bytes)
{
	(void)svg, (void)bytes;
	document_begin(document, "Half", NULL);
	document_section(document, &(struct document_section){.key = "a", .title = "A", .folded = true});
	document_list(document, "b");
	document_section(document, &(struct document_section){.key = "c", .title = "C"});
	document_table(document, "t", NULL, columns, COLUMNS);
}

static void what_is_given_up_is_well_formed(void **state)
{
	(void)state;
	char *html = written(DOCUMENT_HTML, write_half, NULL, 0), *json = written(DOCUMENT_JSON, write_half, NULL, 0);
	assert_balanced(html);
	assert_json(json, "a", "title", "A");
	free(html);
	free(json);
}

static void a_full_disk_is_told(void **state)
{
	(void)state;
	for (int format = DOCUMENT_HTML; format <= DOCUMENT_JSON; format++) {
		FILE *full = fopen("/dev/full", "w");
		assert_non_null(full);
		struct document *document = document_new((enum document_format)format, full);
		write_whole(document, drawing, sizeof drawing - 1);
		assert_int_equal(document_end(document), STATUS_IO);
		document_free(document);
		fclose(full);
	}
	document_free(NULL);
}

static void no_place_for_temporaries_is_told(void **state)
{
	(void)state;
	FILE *out = fopen("/dev/null", "w");
	struct document *document = document_new(DOCUMENT_HTML, out);
	assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
	write_whole(document, drawing, sizeof drawing - 1);
	assert_int_equal(document_end(document), STATUS_IO);
	unsetenv("TMPDIR");
	document_free(document);
	fclose(out);
}

static int write_sample(const char *format, const char *chart)
{
	static const char *const formats[] = {"html", "md", "text", "json"};
	char *svg = NULL;
	size_t bytes = 0;
	int status = 2;
	FILE *file = chart ? fopen(chart, "r") : NULL;
	if (file && getdelim(&svg, &bytes, 0, file) < 0)
		perror(chart);
	for (size_t i = 0; i < 4; i++) {
		struct document *document = strcmp(format, formats[i]) == 0 ? document_new((enum document_format)i, stdout) : NULL;
		if (!document)
			continue;
		write_whole(document, svg ? svg : drawing, strlen(svg ? svg : drawing));
		status = document_end(document) == STATUS_OK ? 0 : 1;
		document_free(document);
	}
	if (file)
		fclose(file);
	free(svg);
	return status;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return write_sample(argv[1], argv[2]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_keeps_hostile_names_as_text),
		cmocka_unit_test(html_stands_alone),
		cmocka_unit_test(charts_share_a_page),
		cmocka_unit_test(json_is_valid_whatever_happens),
		cmocka_unit_test(markdown_keeps_names_as_text),
		cmocka_unit_test(text_fits_80_columns),
		cmocka_unit_test(text_tables_wrap_words),
		cmocka_unit_test(numbers_keep_their_units),
		cmocka_unit_test(fragments_become_one_document),
		cmocka_unit_test(fragments_in_fragments_know_their_depth),
		cmocka_unit_test(what_is_given_up_is_well_formed),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(no_place_for_temporaries_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
