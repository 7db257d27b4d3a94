// SPDX-License-Identifier: MIT
#include "common/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/name.h"
#include "common/owner.h"

struct reader {
	const char *file;
	size_t line;
	struct ct_config *config;
};

static int out_of_memory(struct ct_error *err)
{
	return ct_failx(err, ENOMEM, "out of memory");
}

/* "FILE:LINE: NAME", NULL without memory. */
static char *place(const struct reader *reader, const char *name)
{
	char *text;

	return asprintf(&text, "%s:%zu%s%s", reader->file, reader->line, name ? ": " : "", name ? name : "") < 0 ?
	       NULL : text;
}

static int add_section(struct reader *reader, const char *name, struct ct_error *err)
{
	struct ct_config_section section = { .how = { .parents = true, .uid = (uid_t)-1, .gid = (gid_t)-1 } };

	section.where = place(reader, name);
	section.name = name ? strdup(name) : NULL;
	if (!section.where || (name && !section.name) ||
	    ct_array_push(reader->config->items, reader->config->count, section) < 0) {
		free(section.name);
		free(section.where);
		return out_of_memory(err);
	}
	return 0;
}

static int parse_header(struct reader *reader, char *text, struct ct_error *err)
{
	size_t length = strlen(text);
	int result;

	if (length < 3 || text[length - 1] != ']')
		return ct_failx(err, EINVAL, "'%s' is not [CONTAINER]", text);
	text[length - 1] = '\0';
	result = text[1] == '/' ? 0 : ct_name_check(text + 1, err);
	return result < 0 ? ct_fail_in(err, "%s", text + 1) : add_section(reader, text + 1, err);
}

static int parse_setting(struct reader *reader, struct ct_config_section *section, const char *text,
			 struct ct_error *err)
{
	const char *name = text;
	bool last = !strncmp(name, "subtree", 7) || !strncmp(name, "cgroup.subtree_control", 22);
	struct ct_assignments *list = last ? &section->subtree : &section->settings;
	autofree char *where = place(reader, section->name);
	int result = where ? ct_assignments_add(list, text, NULL, err) : out_of_memory(err);

	if (result >= 0)
		result = ct_set_check(&list->items[list->count - 1], err);
	if (result >= 0)
		list->items[list->count - 1].where = ct_take_ptr(where);
	return result;
}

static int parse_namespaces(struct reader *reader, struct ct_config_section *section, const char *list,
			    struct ct_error *err)
{
	free(section->source_where);
	section->source_where = place(reader, section->name);
	return section->source_where ? ct_nssource_parse(list, &section->source, err) : out_of_memory(err);
}

static int parse_line(struct reader *reader, char *text, struct ct_error *err)
{
	struct ct_config *config = reader->config;
	struct ct_config_section *section;
	const char *value = strchr(text, '=');
	size_t length = value ? (size_t)(value - text) : 0;
	int result = 0;

	if (*text == '[')
		return parse_header(reader, text, err);
	if (!config->count)
		result = add_section(reader, NULL, err);
	if (result < 0)
		return result;
	section = &config->items[config->count - 1];
	while (length && text[length - 1] == ' ')
		length--;
	value = value ? value + 1 + strspn(value + 1, " ") : NULL;
	if (length == 5 && !strncmp(text, "owner", length))
		return ct_owner_parse(value, &section->how.uid, &section->how.gid, err);
	if (length == 4 && !strncmp(text, "mode", length)) {
		section->how.set_mode = true;
		return ct_owner_parse_mode(value, &section->how.mode, err);
	}
	if (length == 10 && !strncmp(text, "namespaces", length))
		return parse_namespaces(reader, section, value, err);
	if (length == 11 && !strncmp(text, "hierarchies", length)) {
		free(section->hierarchies);
		free(section->hierarchies_where);
		section->hierarchies = strdup(value);
		section->hierarchies_where = place(reader, section->name);
		return section->hierarchies && section->hierarchies_where ? 0 : out_of_memory(err);
	}
	return parse_setting(reader, section, text, err);
}

static int parse(struct reader *reader, FILE *file, struct ct_error *err)
{
	autofree char *line = NULL;
	size_t room = 0;
	ssize_t length;

	while ((length = getline(&line, &room, file)) >= 0) {
		char *text = line;
		int result;

		if (!reader->line++ && !strncmp(line, "\xef\xbb\xbf", 3)) /* some editors put U+FEFF first */
			text += 3;
		while (length && strchr(" \t\r\n", line[length - 1]) && line[length - 1])
			line[--length] = '\0';
		if (strlen(line) != (size_t)length) {
			ct_failx(err, EINVAL, "a byte 0 is in the line");
			return ct_fail_in(err, "%s:%zu", reader->file, reader->line);
		}
		text += strspn(text, " \t");
		if (!*text || *text == '#' || *text == ';')
			continue;
		result = parse_line(reader, text, err);
		if (result < 0)
			return ct_fail_in(err, "%s:%zu", reader->file, reader->line);
	}
	return ferror(file) ? ct_fail(err, "cannot read %s", reader->file) : 0;
}

int ct_config_read(const char *name, struct ct_config *ret_config, struct ct_error *err)
{
	ct_cleanup(ct_config_clear) struct ct_config config = { 0 };
	struct reader reader = { .file = name, .config = &config };
	autofile FILE *file = fopen(name, "re");
	int result;

	if (!file)
		return ct_fail(err, "cannot open %s", name);
	result = parse(&reader, file, err);
	if (result < 0)
		return result;
	*ret_config = config;
	config = (struct ct_config){ 0 };
	return 0;
}

void ct_config_clear(struct ct_config *config)
{
	for (size_t i = 0; i < config->count; i++) {
		free(config->items[i].name);
		free(config->items[i].where);
		free(config->items[i].hierarchies);
		free(config->items[i].hierarchies_where);
		free(config->items[i].source_where);
		ct_nssource_clear(&config->items[i].source);
		ct_assignments_clear(&config->items[i].settings);
		ct_assignments_clear(&config->items[i].subtree);
	}
	free(config->items);
	*config = (struct ct_config){ 0 };
}
