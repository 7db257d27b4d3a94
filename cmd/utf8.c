// SPDX-License-Identifier: MIT
#include "cmd/utf8.h"

#include <stdlib.h>
#include <string.h>

size_t utf8_length(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;
	size_t length = byte[0] < 0x80 ? 1 : byte[0] < 0xc2 ? 0 : byte[0] < 0xe0 ? 2 :
			byte[0] < 0xf0 ? 3 : byte[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < length; i++)
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	if ((byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xed && byte[1] > 0x9f) ||
	    (byte[0] == 0xf0 && byte[1] < 0x90) || (byte[0] == 0xf4 && byte[1] > 0x8f))
		return 0;
	return length;
}

bool utf8_is_c1(const char *text)
{
	return text[0] == '\xc2' && utf8_length(text) && (unsigned char)text[1] < 0xa0;
}

char *utf8_clean(const char *text, bool terminal)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *clean = malloc(3 * strlen(text) + 1), *to = clean;

	while (clean && *text) {
		size_t length = utf8_length(text);
		bool shown = length && !(terminal && utf8_is_c1(text));

		memcpy(to, shown ? text : replacement, shown ? length : 3);
		to += shown ? length : 3;
		text += length ? length : 1;
	}
	if (clean)
		*to = '\0';
	return clean;
}
