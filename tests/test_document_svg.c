/* Speaks for analyze/cmd/report/document_svg*.c: charts as gnuplot writes them, made small, and nothing in them that could run. */
#include "tests/document_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void write_chart(struct document *document, const char *svg, size_t bytes)
{
	document_chart(document, "Chart", "About", svg, bytes);
}

/* As gnuplot writes a panel of steps and bars: an element for each. */
static void what_looks_alike_is_one_element(void **state)
{
	(void)state;
	static const char svg[] =
		"<svg viewBox=\"0 0 100 60\"><g fill=\"none\" stroke=\"currentColor\">\n"
		"<path stroke='rgb(204, 227, 240)' d='M10.00,20.00 L10.00,50.00 '/><g stroke='none' shape-rendering='crispEdges'>"
		"<polygon fill = 'rgb(204, 227, 240)' points = '10.00,50.00 20.00,50.00 20.00,20.00 10.00,20.00 '/></g>\n"
		"<path stroke='rgb(204, 227, 240)' d='M20.00,30.00 L20.00,50.00 '/><g stroke='none' shape-rendering='crispEdges'>"
		"<polygon fill = 'rgb(204, 227, 240)' points = '20.00,50.00 30.00,50.00 30.00,30.00 20.00,30.00 '/></g>\n"
		"<g stroke='none' shape-rendering='crispEdges'>" /* apart, and the other way round */
		"<polygon fill = 'rgb(204, 227, 240)' points = '40.00,40.00 50.00,40.00 50.00,50.00 40.00,50.00 '/></g>\n"
		"<path stroke='rgb(  0, 114, 178)' d='M1.00,1.00 L2.00,1.00 L3.50,1.00 L3.50,0.50 L3.50,4.00 L4.00,5.25 M9.00,9.00 L9.00,9.00'/>\n"
		"<path stroke='rgb(  0, 114, 178)' d='M8,8 L7,8 L7,7 L8,8 Z'/>\n"
		"<use xlink:href='#gpPt6' transform='translate(5.00,5.00) scale(2.44)' color='rgb(230, 159,   0)'/>\n"
		"<use xlink:href='#gpPt6' transform='translate(7.50,4.05) scale(2.44)' color='rgb(230, 159,   0)'/>\n"
		"<use xlink:href='#gpPt6' transform='translate(1.00,1.00) scale(4.88)' color='rgb(230, 159,   0)'/>\n"
		"<use xlink:href='#gpPt8' transform='translate(1.00,1.00) scale(4.88)' color='rgb(230, 159,   0)'/>\n"
		"<path stroke='black' fill='gray' d='M0,0 L1,0'/><path stroke='black' fill='gray' d='M1,0 L1,1'/>\n"
		"</g></svg>";
	char *html = written(DOCUMENT_HTML, write_chart, svg, sizeof svg - 1);
	assert_has(html, "<g><path fill=\"#cce3f0\" stroke=\"none\" shape-rendering=\"crispEdges\" "
			 "d=\"M10 50v-30h10v10h10v20zm30 0v-10h10v10z\"/><path stroke=\"#cce3f0\" d=\"M10 20v30m10-20v20\"/>"
			 "<path stroke=\"#0072b2\" d=\"M1 1h2.5v-.5 3.5l.5 1.2m5 3.8h0m-1-1h-1v-1l1 1z\"/>"
			 "<path stroke=\"#e69f00\" stroke-width=\"5.38\" stroke-linecap=\"round\" d=\"M5 5h0m2.5-1h0\"/>"
			 "<path stroke=\"#e69f00\" stroke-width=\"10.76\" stroke-linecap=\"round\" d=\"M1 1h0\"/><use ");
	assert_has(html, "<path stroke=\"#000\" fill=\"gray\" d=\"M0,0 1,0\"/><path stroke=\"#000\" fill=\"gray\" d=\"M1,0 1,1\"/></g></svg>");
	free(html);
}

/* Each could run or fetch something, or is no drawing: a warning stands in its place. */
static void charts_that_could_run_are_left_out(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"<svg><script>alert(1)</script></svg>",
		"<svg><SCRIPT/></svg>",
		"<svg onload=\"alert(1)\"></svg>",
		"<svg><g ONCLICK='alert(1)'/></svg>",
		"<svg><a href=\"#x\"><text>x</text></a></svg>",
		"<svg><use xlink:href=\"http://evil.example/x.svg#a\"/></svg>",
		"<svg><use href=\"data:image/svg+xml,x#a\"/></svg>",
		"<svg><image href=\"data:image/svg+xml;base64,AAAA\"/></svg>",
		"<svg><image href=\"x.png\"/></svg>",
		"<svg><foreignObject><p>x</p></foreignObject></svg>",
		"<svg><style>*{background:url(//evil.example)}</style></svg>",
		"<svg><path style=\"fill:url(http://evil.example)\"/></svg>",
		"<svg><path fill=\"url(http://evil.example)\"/></svg>",
		"<svg><path fill=\"u&#114;l(x)\"/></svg>",
		"<svg><set attributeName=\"href\" to=\"javascript:alert(1)\"/></svg>",
		"<svg><g></svg></g>",
		"<svg><g>",
		"<svg><text>x</text>",
		"<svg><![CDATA[<script>]]></svg>",
		"<svg></svg><svg></svg>",
		"<svg><path d=\"<script>\"/></svg>",
		"<svg><path d='M0,0' x</svg>",
		"<html></html>",
		"gnuplot: no data",
		"",
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		/* At the end of its block, so that a byte too many shows under the sanitizer. */
		const size_t bytes = strlen(bad[i]);
		char *block = malloc(bytes + 1);
		memcpy(block, bad[i], bytes + 1);
		char *html = written(DOCUMENT_HTML, write_chart, block, bytes);
		if (!strstr(html, "class=\"caution\"") || strstr(html, "<svg"))
			fail_msg("not left out: %s: %s", bad[i], html);
		assert_balanced(html);
		free(html);
		free(block);
	}
}

static void charts_keep_names_as_text(void **state)
{
	(void)state;
	static const char svg[] = "<svg viewBox=\"0 0 10 10\"><text>&lt;script&gt; \xe2\x80\xae&#x202e;\x01</text><unknown/></svg>";
	static const char good[] = "<svg viewBox=\"0 0 10 10\"><text>&lt;script&gt; \xe2\x80\xae&#x202e;\x01\xff</text></svg>";
	static const char quotes[] = "<svg viewBox=\"0 0 10 10\"><path fill='x\" onload=\"alert(1)' d='M0,0 L1,1\" onload=\"x'/></svg>";
	char *html = written(DOCUMENT_HTML, write_chart, svg, sizeof svg - 1);
	assert_has(html, "class=\"caution\"");
	free(html);
	html = written(DOCUMENT_HTML, write_chart, good, sizeof good - 1);
	assert_has(html, "<text>&lt;script&gt; \\u202e&amp;#x202e;\\x01\\xff</text>");
	assert_visible(html);
	free(html);
	html = written(DOCUMENT_HTML, write_chart, quotes, sizeof quotes - 1);
	assert_lacks(html, "onload=\"");
	free(html);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_looks_alike_is_one_element),
		cmocka_unit_test(charts_that_could_run_are_left_out),
		cmocka_unit_test(charts_keep_names_as_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
