// SPDX-License-Identifier: MIT
#include "common/config.h"

#include <errno.h>
#include <search.h>
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

static int add_section(struct reader *reader, const char *name, struct ct_error *err)
{
	struct ct_config_section section = { .how = { .parents = true, .uid = (uid_t)-1, .gid = (gid_t)-1 } };

	if (asprintf(&section.where, "%s:%zu%s%s", reader->file, reader->line, name ? ": " : "", name ? name : "") < 0)
		return out_of_memory(err);
	section.name = name ? strdup(name) : NULL;
	if ((name && !section.name) ||
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
	autofree char *where = NULL;
	int result;

	if (asprintf(&where, "%s:%zu%s%s", reader->file, reader->line, section->name ? ": " : "",
		     section->name ? section->name : "") < 0) {
		where = NULL;
		return out_of_memory(err);
	}
	result = ct_assignments_add(list, text, NULL, err);
	if (result >= 0)
		result = ct_set_check(&list->items[list->count - 1], err);
	if (result >= 0)
		list->items[list->count - 1].where = ct_take_ptr(where);
	return result;
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
	if (length == 11 && !strncmp(text, "hierarchies", length)) {
		free(section->hierarchies);
		section->hierarchies = strdup(value);
		return section->hierarchies ? 0 : out_of_memory(err);
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

		reader->line++;
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
		ct_assignments_clear(&config->items[i].settings);
		ct_assignments_clear(&config->items[i].subtree);
	}
	free(config->items);
	*config = (struct ct_config){ 0 };
}

static int compare(const void *a, const void *b)
{
	const struct ct_step *left = a, *right = b;

	if (left->kind != right->kind)
		return left->kind > right->kind ? 1 : -1;
	if (left->place.hierarchy != right->place.hierarchy)
		return left->place.hierarchy > right->place.hierarchy ? 1 : -1;
	return strcmp(left->place.path, right->place.path);
}

static void keep(void *step)
{
	(void)step;
}

/* The containers above are planned anew with each that is below: once is enough. */
static int drop_repeats(struct ct_txn *txn, struct ct_error *err)
{
	void *seen = NULL;
	size_t kept = 0;
	bool failed = false;

	for (size_t i = 0; i < txn->count; i++) {
		struct ct_step *step = &txn->steps[i], **found;

		if (!failed && (step->kind == CT_STEP_CREATE || step->kind == CT_STEP_ENABLE)) {
			txn->steps[kept] = *step;
			found = tsearch(&txn->steps[kept], &seen, compare);
			failed = !found;
			if (found && *found != &txn->steps[kept]) {
				ct_step_clear(step);
				continue;
			}
		} else {
			txn->steps[kept] = *step;
		}
		kept++;
	}
	tdestroy(seen, keep);
	txn->count = kept;
	return failed ? out_of_memory(err) : 0;
}

/* Which hierarchies are selected, for those parts of a file that do not choose themselves; NULL without memory. */
static bool *selection(const struct ct_hierarchies *all)
{
	bool *selected = calloc(all->count + 1, sizeof(*selected));

	for (size_t i = 0; selected && i < all->count; i++)
		selected[i] = all->items[i].selected;
	return selected;
}

static int choose(struct ct_hierarchies *all, const struct ct_config_section *section, const bool *before,
		  struct ct_error *err)
{
	if (section->hierarchies)
		return ct_hierarchies_select(all, section->hierarchies, true, err);
	for (size_t i = 0; i < all->count; i++)
		all->items[i].selected = before[i];
	return 0;
}

static int plan_section(struct ct_hierarchies *all, const struct ct_config_section *section,
			bool subtree, struct ct_txn *txn, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = 0;

	if (!section->name) {
		if (!section->settings.count && !section->subtree.count)
			return 0;
		return ct_failx(err, EINVAL, "of which container? [CONTAINER] must come first");
	}
	if (!subtree)
		result = ct_create_plan(all, section->name, &section->how, txn, err);
	if (result >= 0)
		result = ct_container_choose(all, section->name, &container, err);
	if (result >= 0)
		result = ct_set_plan(all, &container, subtree ? &section->subtree : &section->settings, txn,
				     err);
	return result;
}

/* An error of a line has its line already. */
static int tell_where(const struct ct_config_section *section, struct ct_error *err)
{
	size_t length = strcspn(section->where, ":");

	if (!strncmp(err->text, section->where, length) && err->text[length] == ':')
		return -err->code;
	return ct_fail_in(err, "%s", section->where);
}

int ct_config_plan_create(struct ct_hierarchies *all, const struct ct_config *config, struct ct_txn *txn,
			  struct ct_error *err)
{
	autofree bool *before = selection(all);

	if (!before)
		return out_of_memory(err);
	/* what is handed down is cut only when all is made, and from the leaves on */
	for (size_t i = 0; i < 2 * config->count; i++) {
		bool subtree = i >= config->count;
		const struct ct_config_section *section =
			&config->items[subtree ? 2 * config->count - 1 - i : i];
		int result = choose(all, section, before, err);

		if (result >= 0)
			result = plan_section(all, section, subtree, txn, err);
		if (result < 0)
			return tell_where(section, err);
	}
	return drop_repeats(txn, err);
}

/* Whether name is container, or below it. */
static bool is_within(const char *name, const char *container)
{
	size_t length = strlen(container);

	return !strncmp(name, container, length) && (!name[length] || name[length] == '/');
}

int ct_config_plan_set(struct ct_hierarchies *all, const struct ct_config *config, const char *name,
		       struct ct_txn *txn, struct ct_error *err)
{
	autofree bool *before = selection(all);
	bool any = false;

	if (!before)
		return out_of_memory(err);
	for (size_t i = 0; i < 2 * config->count; i++) {
		ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
		bool subtree = i >= config->count;
		const struct ct_config_section *section =
			&config->items[subtree ? 2 * config->count - 1 - i : i];
		int result;

		if (section->name && !is_within(section->name, name))
			continue;
		any = true;
		result = choose(all, section, before, err);
		if (result >= 0)
			result = ct_container_open(all, section->name ? section->name : name,
						   section->hierarchies && strcmp(section->hierarchies, "all"),
						   &container, err);
		if (result >= 0)
			result = ct_set_plan(all, &container,
					     subtree ? &section->subtree : &section->settings, txn, err);
		if (result < 0)
			return tell_where(section, err);
	}
	return any ? 0 : ct_failx(err, ENOENT, "the file says nothing of %s; give it [%s]", name, name);
}
