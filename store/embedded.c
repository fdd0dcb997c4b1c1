#include "store/embedded.h"

#include <string.h>

const char *embedded_sql_text(const char *name)
{
	for (size_t i = 0; i < embedded_sql_count; i++)
		if (!strcmp(embedded_sql[i].name, name))
			return embedded_sql[i].text;
	return NULL;
}
