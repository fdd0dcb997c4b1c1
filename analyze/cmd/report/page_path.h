/* page_path.h: the path of a folder as a page that lies somewhere else names it. */
#ifndef WIRETAPE_REPORT_PAGE_PATH_H
#define WIRETAPE_REPORT_PAGE_PATH_H

/* What a link on `page` (a file that need not be there yet; NULL: nobody knows where it will be) says for `folder`. It is
 * relative to the page, so that both can be moved together, unless only the absolute path is sure to lead there; `folder`
 * itself if that is not there. Free it. NULL when out of memory. */
char *page_path(const char *page, const char *folder);

#endif
