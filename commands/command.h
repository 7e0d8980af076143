/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands and options as tables. A command is one file here that fills one struct command; table.c
 * lists them. The same tables parse the command line, print --help, and give the manual page and the
 * shells' completions their lists (tools/describe.c).
 */
#ifndef VFIOKIT_COMMAND_H
#define VFIOKIT_COMMAND_H

#include "preflight/error.h"
#include "preflight/facts/facts.h"

/* What an option was given, each time that it was given. */
struct option_texts {
	const char *items[16];
	size_t count;
};

/* Every option of every command. Texts point into argv; NULL: not given. */
struct settings {
	const char *root;     /* --root */
	const char *snapshot; /* --snapshot */
	const char *lspci;    /* --lspci: a file, or "-" */
	const char *dmesg;    /* --dmesg: a file, or "-" */
	const char *format;   /* --format */
	const char *color;    /* --color */
	const char *kernel;   /* --kernel */
	bool quiet, help, version;
	bool list_checks;         /* preflight --checks */
	const char *expect;       /* preflight --expect */
	const char *write_expect; /* preflight --write-expect */
	bool tree;                /* list --tree */
	bool no_redact;           /* capture --no-redact */
	bool apply, yes;          /* configure, rollback */
	bool chroot;              /* configure, rollback: programs run inside --root */
	bool by_address, with_group, iommu_pt, no_initramfs, fallback_entry; /* configure */
	struct option_texts blacklist, kernel_args, accept;                  /* configure */
	bool list_transactions, force;                                       /* rollback */
	struct option_texts what_if;                                         /* explain --what-if */
	const char *template;                                                /* report --template */
	const char *output;       /* report -o, --output */
	const char *device;       /* report --device */
	bool open_devices;        /* rehearse --open */
	const char *memory;       /* rehearse --memory */
	bool rehearse;            /* preflight --rehearse */
	const char *platform;     /* handover, preflight --for */
	const char *const *names; /* what is left: devices, files, ids */
	size_t name_count;
	bool reads_only; /* of the command, not an option: see confine.h */
};

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_TEXTS };

struct option_row {
	const char *name;     /* long name without the dashes */
	const char *argument; /* what --help calls its argument; NULL for flags */
	const char *help;
	enum option_kind kind;
	size_t offset; /* of the field in struct settings: bool, const char *, or option_texts */
	const char *const *values; /* NULL-terminated list of allowed values; NULL: any */
};

/* Exit status of CONTRACT section 2 for bad usage, unreadable input, a failed action. */
enum { EXIT_USAGE = 2 };

struct command {
	const char *name;
	const char *arguments; /* "[DEVICE…]" */
	const char *brief;     /* for the list of commands: a few words */
	const char *summary;   /* for --help: sentences, lines with newlines between */
	/* A row with the name of a global one stands in its place. */
	const struct option_row *options;
	size_t option_count;
	bool reads_only; /* changes nothing but what -o and --write-expect name: gives the rest up (confine.h) */
	/* Runs it; returns the exit status. Words about a failure go into error, whose code is then
	 * not 0; main prints them. */
	int (*run)(const struct settings *settings, struct error *error);
};

extern const struct command command_preflight, command_list, command_explain, command_capture,
	command_configure, command_rollback, command_detach, command_attach, command_report,
	command_rehearse, command_handover;

/* All of them, in the order of the list that --help prints. */
extern const struct command *const commands[];
extern const size_t command_count;

/* The options that every command takes. */
extern const struct option_row global_options[];
extern const size_t global_option_count;

/*
 * Parses the options of argv[1]… that the rows name, from index *index on. Stops before the first
 * word that is no option when stop_early, else collects such words as names. What a value may be is checked
 * once the command is known. 0, or -EINVAL with words.
 */
int options_parse(int argc, char **argv, int *index, const struct command *command, bool stop_early,
		  struct settings *settings, struct error *error);

/*
 * The options that a command takes (NULL: those of all commands), its own first. NULL at an index whose
 * row has another one in its place; indexes go from 0 to command_option_count() - 1.
 */
size_t command_option_count(const struct command *command);
const struct option_row *command_option_at(const struct command *command, size_t index);
/* The short form of an option ('o' of -o); 0: it has none. */
char option_letter(const struct option_row *row);

/* Prints --help for a command. */
void command_print_help(const struct command *command);

/* -- what the reading commands share (facts_source.c) ---------------------------------------------- */

/* How much a command wants to know of a host. */
enum facts_wanted {
	FACTS_TO_JUDGE, /* the targets, by default the implied ones, and little else (facts_collect_to_judge()) */
	FACTS_ALL,
	FACTS_WITH_LINKS, /* and the state of the functions' links (facts_collect_links()) */
};

/* Opens the host that --root or --snapshot names (this machine without them), or reads the texts that --lspci and
 * --dmesg name, collects facts and resolves the settings' names to targets. NULL with words in error
 * on failure. The caller frees the facts. */
struct facts *facts_from_settings(const struct settings *settings, enum facts_wanted wanted,
				  struct error *error);

#endif
