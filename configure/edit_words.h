/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the edits share: the characters of a value with the bytes that they stand in, the words they
 * make, what changes do to those words, and the splices that carry it into the bytes. Internal to
 * configure/edit_*.c.
 *
 * Everything lives in the arena.
 */
#ifndef VFIOKIT_EDIT_WORDS_H
#define VFIOKIT_EDIT_WORDS_H

#include "configure/edit.h"
#include "preflight/error.h"

/* How characters are written at a place. */
enum word_context {
	CONTEXT_RAW,      /* they stand for themselves */
	CONTEXT_MODPROBE, /* modprobe.d: a backslash is written as two */
	CONTEXT_BARE,     /* a shell's, outside quotes */
	CONTEXT_DOUBLE,   /* "…" of a shell */
	CONTEXT_SINGLE,   /* '…' of a shell */
};

/* Who takes the value apart, and so decides what a word is. */
enum word_language {
	WORDS_KERNEL, /* next_arg() of lib/cmdline.c: double quotes group */
	WORDS_GRUB,   /* the value is pasted into grub.cfg: GRUB's quotes are taken away first */
};

/* One character of a value. */
struct atom {
	char c;
	bool opaque; /* stands for something whose text is not known: $NAME, $(…) */
	bool hard;   /* must stay when blanks around a word go: the end of a line */
	enum word_context context;
	size_t quotes;     /* index + 1 of the quotes it stands in; 0 none */
	size_t start, end; /* its bytes */
};

struct atoms {
	struct atom *items;
	size_t count, capacity;
};

/* A pair of quotes in the bytes. */
struct quotes {
	size_t start, inner, close; /* first byte; first byte inside; the closing quote */
};

struct quotes_list {
	struct quotes *items;
	size_t count, capacity;
};

/* One stretch of bytes that holds words: the value of one assignment, one line. */
struct field {
	struct atoms atoms;
	struct quotes_list quotes;
	/* Where words go into a field without any, and how they are written there. */
	size_t empty_at;
	enum word_context empty_context;
	bool joined; /* something may stand in front of its first character: NAME+=… */
	size_t tail; /* the atom at which "--" begins, behind which init's words are; SIZE_MAX none */
};

struct fields {
	struct field *items;
	size_t count, capacity;
};

/* What a word means to the kernel. */
struct word_key {
	const char *name, *value;
};

struct found_word {
	const char *text; /* characters as decoded, '\001' for what is not known */
	struct word_key key;
	bool opaque;       /* a part of it is not known; it equals no other word */
	bool damaged;      /* GRUB would cut it: ';' and the like outside quotes */
	size_t field;      /* index */
	size_t first, end; /* atoms [first, end) of that field */
};

struct found_words {
	struct found_word *items;
	size_t count, capacity;
};

/* What becomes of the list. */
struct planned_words {
	const char **replaced;      /* for each found word its new text, or NULL: as it is */
	bool *removed;              /* for each found word */
	struct strings front, back; /* texts of new words, in the value's language, in order */
	bool changed;
};

/* The bytes [start, end) become text. */
struct splice {
	size_t start, end;
	const char *text;
};

struct splices {
	struct splice *items;
	size_t count, capacity;
};

/* White space as the kernel sees it (lib/ctype.c). */
bool word_is_blank(char c);

/* Appends each byte of [start, end) as an atom that stands for itself. */
void field_add_raw(struct arena *arena, struct field *field, const char *text, size_t start,
		   size_t end);

/* Splits the field's characters and appends its words, up to "--" (field->tail is set). */
void words_split(struct arena *arena, enum word_language language, struct field *field,
		 size_t index, struct found_words *words);

/* A word of a change: what it means, and how it is written in the language. -EINVAL where it is not
 * one word, -ENOTSUP where the language has no way to write it. */
int word_read_wanted(struct arena *arena, enum word_language language, const char *word,
		     struct word_key *ret_key, const char **ret_text, struct error *error);

bool word_keys_equal(const struct word_key *a, const struct word_key *b);

/*
 * Carries the changes out on the list of words. also: words that are there, but stand elsewhere and
 * cannot be changed (NULL none): they are not added again.
 */
int words_plan(struct arena *arena, enum word_language language, const struct found_words *words,
	       const struct found_words *also, const struct word_changes *changes,
	       struct planned_words *ret_plan, struct error *error);

/* The splices that remove and replace the found words of one field. `inserts`: new words come, too. */
void words_splice(struct arena *arena, const struct field *field, size_t index,
		  const struct found_words *words, const struct planned_words *plan, bool inserts,
		  struct splices *splices);

/* The splices that bring new words to the front or the back of one field. */
void words_insert_front(struct arena *arena, const struct field *field, size_t index,
			const struct found_words *words, const struct strings *texts,
			struct splices *splices);
void words_insert_back(struct arena *arena, const struct field *field, size_t index,
		       const struct found_words *words, const struct planned_words *plan,
		       struct splices *splices);

/* Both for plain fields that make one list: new words come to the front of the first field and to the
 * back of field `back`. */
void fields_splice(struct arena *arena, const struct fields *fields, size_t back,
		   const struct found_words *words, const struct planned_words *plan,
		   struct splices *splices);

/* text as it is written in the context; outside quotes it gets some where it needs them. */
const char *word_encode(struct arena *arena, enum word_context context, const char *text);

/* Whether every character means itself to a shell, outside quotes. */
bool word_is_plain(const char *text);

void splice_add(struct arena *arena, struct splices *splices, size_t start, size_t end,
		const char *text);

/* Carries splices out. -ENOTSUP where two of them overlap. */
int splices_apply(struct arena *arena, struct bytes text, const struct splices *splices,
		  struct bytes *ret_text, struct error *error);

/*
 * The proof behind an edit: whether `after` is `before` with the changes carried out, other words as they
 * were and in their order. -ENOTSUP with words where not.
 */
int words_prove(struct arena *arena, enum word_language language, const struct found_words *before,
		const struct found_words *after, const struct word_changes *changes,
		struct error *error);

/* Refuses a text with a NUL byte (-ENOTSUP): those who read such files end there, or skip it. */
int edit_refuse_nul(struct bytes text, struct error *error);

/* The words of one command line, for proofs. */
void words_of_text(struct arena *arena, enum word_language language, const char *text,
		   size_t length, struct found_words *words);

#endif
