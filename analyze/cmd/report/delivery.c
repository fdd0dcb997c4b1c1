#include "analyze/cmd/report/delivery.h"

#include "analyze/cmd/temporary.h"
#include "analyze/cmd/terminal.h"
#include "store/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool failed(const struct delivery *delivery)
{
	complain("%s: cannot be written: %s", delivery->output ? delivery->output : "standard output", strerror(errno));
	return false;
}

void delivery_complain(const struct delivery *delivery)
{
	const bool page = ferror(delivery->page) && delivery->output;
	errno = 0;
	if (page && (fputc('\n', delivery->page) == EOF || fflush(delivery->page) != 0) && errno) /* as it failed before */
		failed(delivery);
	else if (page)
		complain("%s: cannot be written", delivery->output);
	else
		complain("%s: the page cannot be put together there (is it full?): name another folder in TMPDIR", temporary_place());
}

bool delivery_begin(struct delivery *delivery, const char *output)
{
	*delivery = (struct delivery){.output = output};
	if (!output)
		return true;
	if (target_reserve(output, &delivery->temporary) != STATUS_OK)
		return failed(delivery);
	unlink(delivery->temporary); /* the page is hours away, and who is killed meanwhile should leave nothing */
	free(delivery->temporary);
	delivery->temporary = NULL;
	return true;
}

bool delivery_open(struct delivery *delivery, const char *scratch)
{
	if (delivery->output && target_reserve(delivery->output, &delivery->temporary) != STATUS_OK)
		return failed(delivery);
	if (!delivery->output && asprintf(&delivery->temporary, "%s/page", scratch) < 0) {
		delivery->temporary = NULL;
		return failed(delivery);
	}
	delivery->page = fopen(delivery->temporary, "w+e");
	return delivery->page || failed(delivery);
}

static bool print(FILE *page)
{
	char block[65536];
	size_t count;
	rewind(page);
	while ((count = fread(block, 1, sizeof block, page)) > 0)
		if (fwrite(block, 1, count, stdout) != count)
			return false;
	return !ferror(page) && fflush(stdout) == 0;
}

bool delivery_commit(struct delivery *delivery)
{
	if (fflush(delivery->page) != 0)
		return failed(delivery);
	const bool good = delivery->output ? target_commit(delivery->temporary, delivery->output, true) == STATUS_OK
					   : print(delivery->page);
	return good || failed(delivery);
}

void delivery_end(struct delivery *delivery)
{
	if (delivery->page)
		fclose(delivery->page);
	if (delivery->temporary)
		unlink(delivery->temporary);
	free(delivery->temporary);
	*delivery = (struct delivery){0};
}
