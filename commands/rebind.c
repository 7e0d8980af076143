/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiokit detach and attach: the device changes hands now, without a reboot. */
#include "command.h"
#include "configure/bind.h"
#include "configure/run.h"
#include "host_source.h"
#include "progress.h"
#include "preflight/capture/signals_held.h"
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"
#include "preflight/targets.h"
#include "report/terminal.h"

#include <errno.h>
#include <fcntl.h>

enum { EXIT_DONE = 0, EXIT_REFUSED = 1 };

/* An unbind that takes longer waits for a user of the device, and may do so for ever. */
enum { UNBIND_LIMIT = 30, MODPROBE_LIMIT = 60 };

struct rebind {
	const struct settings *settings;
	struct text_style style;
	struct arena *arena;
	struct facts *facts;
	struct findings findings;
	int root;
};

static void print_words(void *context, const char *words)
{
	const struct rebind *rebind = context;

	if (rebind->settings->quiet)
		return;
	terminal_print(&rebind->style, words);
	(void)fputc('\n', rebind->style.stream);
	(void)fflush(rebind->style.stream);
}

/* -- before anything changes ------------------------------------------------------------------------------- */

static bool is_accepted(const struct rebind *rebind, const char *id)
{
	for (size_t i = 0; i < rebind->settings->accept.count; i++)
		if (streq(rebind->settings->accept.items[i], id))
			return true;
	return false;
}

/* What must not be so when a host driver has to let go. */
static bool stands_against(const struct finding *finding)
{
	static const char *const ids[] = {"device.in-use-process", "device.framebuffer-holds-bar",
					  "device.is-bridge",      "device.behind-vmd",
					  "driver.denylisted",     "driver.vfio-pci-missing"};

	if (finding->severity == SEVERITY_DANGER)
		return finding->result == RESULT_FAIL || finding->result == RESULT_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(ids) && finding->result == RESULT_FAIL; i++)
		if (streq(finding->check->id, ids[i]))
			return true;
	return false;
}

static void print_refusal(const struct rebind *rebind, const struct finding *finding)
{
	(void)fputs("  ", stdout);
	terminal_print(&rebind->style, finding->check->id);
	(void)fputs(": ", stdout);
	if (finding->result == RESULT_UNKNOWN)
		(void)fputs(_("not known: "), stdout);
	terminal_print(&rebind->style, finding->title);
	(void)fputc('\n', stdout);
	if (finding->evidence.count) {
		(void)fputs("    ", stdout);
		terminal_print(&rebind->style, finding->evidence.items[0].source);
		(void)fputs(": ", stdout);
		terminal_print(&rebind->style, finding->evidence.items[0].text);
		(void)fputc('\n', stdout);
	}
}

/* ids= concern the next boot only, not what is done now. */
static bool is_refused(const struct rebind *rebind)
{
	bool refused = false;

	for_each (finding, &rebind->findings) {
		if (!stands_against(finding) || is_accepted(rebind, finding->check->id) ||
		    streq(finding->check->id, "driver.ids-match-too-many"))
			continue;
		if (!refused)
			(void)puts(_("Refused, nothing was changed (--accept CHECK-ID goes on in "
				     "spite of one of these):"));
		refused = true;
		print_refusal(rebind, finding);
	}
	return refused;
}

static int check_targets(const struct rebind *rebind, struct error *error)
{
	const struct facts *facts = rebind->facts;

	if (facts->targets_missing.count)
		return error_set(error, -ENODEV, "%s: no such device",
				 facts->targets_missing.items[0]);
	if (!facts->targets.count)
		return error_set(error, -EINVAL,
				 "which device? An address (41:00.0), a slot (41:00) or "
				 "an id (10de:2684)");
	for_each (target, &facts->targets) {
		if ((*target)->is_bridge)
			return error_set(error, -EINVAL, "%s is a bridge: it stays with the host",
					 (*target)->address);
		/* Another change of it would wait for the first. */
		if ((*target)->has_driver == UNKNOWN)
			return error_set(error, -EBUSY,
					 "%s: which driver has it cannot be read "
					 "(vfiokit preflight says why)",
					 (*target)->address);
		if ((*target)->state == STATE_ASSIGNED)
			return error_set(error, -EBUSY, "%s is in use by %s (process %d)",
					 (*target)->address,
					 (*target)->assigned_name ? (*target)->assigned_name
								  : N_("a VM"),
					 (*target)->assigned_pid);
	}
	return 0;
}

/* -- modules --------------------------------------------------------------------------------------------------- */

static int load_module(const struct rebind *rebind, const char *module, struct error *error)
{
	static const char *const programs[] = {"/usr/sbin/modprobe", "/sbin/modprobe",
					       "/usr/bin/modprobe"};
	const char *argv[] = {NULL, module, NULL};

	if (strings_contain(&rebind->facts->modules.builtin, module) ||
	    strings_contain(&rebind->facts->modules.loaded, module))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(programs) && !argv[0]; i++)
		if (access(programs[i], X_OK) == 0)
			argv[0] = programs[i];
	if (!argv[0])
		return error_set(error, -ENOENT, "modprobe was not found");
	return run_program(&(struct run_request){.argv = argv,
						 .time_limit = MODPROBE_LIMIT,
						 .root = rebind->root,
						 .output = -1},
			   error);
}

/* The VFIO driver made for the device where there is one, else vfio-pci. A driver's name is its module's
 * (KBUILD_MODNAME), but for vfio-pci's. */
static int vfio_driver_for(const struct rebind *rebind, const struct device *device,
			   const char **ret_driver, struct error *error)
{
	struct error ignored = {0};

	for_each (module, &device->vfio_modules)
		if (load_module(rebind, *module, &ignored) == 0) {
			*ret_driver = *module;
			return 0;
		}
	*ret_driver = "vfio-pci";
	return load_module(rebind, "vfio_pci", error);
}

static bool is_pci_driver_of(const struct rebind *rebind, const char *module, struct strings *names)
{
	_cleanup_host_ struct host *host = NULL;
	struct error ignored = {0};
	struct strings drivers = {0};

	if (host_open(NULL, &host, &ignored) < 0 ||
	    host_list(host, rebind->arena,
		      arena_printf(rebind->arena, "sys/module/%s/drivers", module), &drivers) < 0)
		return false;
	for_each (driver, &drivers)
		if (starts_with(*driver, "pci:"))
			strings_add(rebind->arena, names, *driver + strlen("pci:"));
	return names->count > 0;
}

/* Loads the host's drivers that claim the device, as udev would, and names them. */
static struct strings host_drivers_of(const struct rebind *rebind, const struct device *device)
{
	struct strings names = {0};

	for_each (module, &device->modules) {
		struct error ignored = {0};

		/* nvidiafb and the like are blacklisted for good reasons; modprobe -b would be udev's
		 * way, and the first one that can be loaded is enough. */
		if (load_module(rebind, *module, &ignored) == 0 &&
		    is_pci_driver_of(rebind, *module, &names))
			break;
	}
	return names;
}

/* -- the two commands -------------------------------------------------------------------------------------------- */

static int begin(const struct settings *settings, struct rebind *rebind, struct error *error)
{
	_cleanup_host_source_ struct host_source source = {0};
	struct progress progress;
	int r;

	if (settings->snapshot || settings->lspci || settings->dmesg ||
	    (settings->root && !streq(settings->root, "/")))
		return error_set(error, -EINVAL, "drivers change hands on the running host only");
	r = host_source_open(settings, &source, error);
	if (r < 0)
		return r;
	progress_begin(&progress, settings, PROGRESS_READING);
	rebind->facts = facts_collect_for_kernel(source.host, settings->kernel);
	progress_end(&progress);
	r = targets_named(rebind->facts, settings->names, settings->name_count, error);
	if (r < 0)
		return r;
	checks_run(rebind->facts, &rebind->findings);
	rebind->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return check_targets(rebind, error);
}

static int move_all(struct rebind *rebind, const struct bind_functions *functions,
		    struct error *error)
{
	struct bind_live live = {.root = rebind->root, .limit = UNBIND_LIMIT};
	struct bind_calls calls = bind_calls_live(&live);
	sigset_t before;
	int r;

	/* Whoever ends it in the middle, or closes the pipe that it prints to, would leave half of the
	 * functions with the one and half with the other. Each step has its time limit. */
	signals_hold(&before);
	(void)signal(SIGPIPE, SIG_IGN);
	r = bind_all(&calls, functions, print_words, rebind, error);
	/* After a failure they stay held: the words about it come first, and the program ends behind them. */
	if (r == 0)
		signals_release(&before);
	return r;
}

/* What keeps the group from VFIO still, said after the fact: it does no harm. */
static void print_group_notes(const struct rebind *rebind)
{
	for_each (target, &rebind->facts->targets) {
		const struct group *group = (*target)->group;

		if (!group)
			continue;
		for_each (member, &group->devices)
			if (!(*member)->target && !(*member)->is_bridge &&
			    device_may_hold_group(*member) && (*member)->has_driver == YES)
				printf(_("%s: group %d can be used only when %s is detached, too "
					 "(%s has it)\n"),
				       (*target)->address, group->id, (*member)->address,
				       (*member)->driver);
	}
}

static int detach(struct rebind *rebind, struct error *error)
{
	struct bind_functions functions = {0};

	if (rebind->facts->iommu.active != YES) {
		(void)puts(_("Refused, nothing was changed: the IOMMU is not active, so no VM "
			     "could use the device (vfiokit preflight says why)"));
		return EXIT_REFUSED;
	}
	if (is_refused(rebind))
		return EXIT_REFUSED;
	for_each (target, &rebind->facts->targets) {
		const char *driver;

		if ((*target)->vfio_driver)
			continue;
		if (vfio_driver_for(rebind, *target, &driver, error) < 0)
			return EXIT_USAGE;
		*ARRAY_ADD(rebind->arena, &functions) =
			(struct bind_function){.address = (*target)->address, .driver = driver};
	}
	if (!functions.count) {
		(void)puts(_("Already detached."));
		return EXIT_DONE;
	}
	if (move_all(rebind, &functions, error) < 0)
		return EXIT_USAGE;
	print_group_notes(rebind);
	return EXIT_DONE;
}

static int attach(struct rebind *rebind, struct error *error)
{
	struct bind_functions functions = {0};

	for_each (target, &rebind->facts->targets)
		if ((*target)->vfio_driver || (*target)->has_driver == NO)
			*ARRAY_ADD(rebind->arena, &functions) = (struct bind_function){
				.address = (*target)->address,
				.host_drivers = host_drivers_of(rebind, *target),
			};
	if (!functions.count) {
		(void)puts(_("Already with the host."));
		return EXIT_DONE;
	}
	return move_all(rebind, &functions, error) < 0 ? EXIT_USAGE : EXIT_DONE;
}

static int run(const struct settings *settings, int (*move)(struct rebind *, struct error *),
	       struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct rebind rebind = {.settings = settings,
				.style = text_style_for_output(settings->color),
				.arena = arena,
				.root = -1};
	int status = EXIT_USAGE;

	if (begin(settings, &rebind, error) == 0)
		status = move(&rebind, error);
	if (rebind.root >= 0)
		close(rebind.root);
	facts_free(rebind.facts);
	return status;
}

static int run_detach(const struct settings *settings, struct error *error)
{
	return run(settings, detach, error);
}

static int run_attach(const struct settings *settings, struct error *error)
{
	return run(settings, attach, error);
}

static const struct option_row options[] = {
	{"accept", "CHECK-ID", N_("go on in spite of exactly this finding"), OPTION_TEXTS,
	 offsetof(struct settings, accept), NULL},
};

const struct command command_detach = {
	.name = "detach",
	.arguments = "DEVICE…",
	.brief = N_("hand devices to vfio-pci now, without a reboot"),
	.summary = N_("Take DEVICE from its host driver and give it to vfio-pci, now. All "
		      "functions named, "
		      "or none;\n"
		      "refused while the host uses it. Lasts until the next boot.\n"
		      "Exit status: 0 done, 1 refused, 2 failed (put back)."),
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.run = run_detach,
};

const struct command command_attach = {
	.name = "attach",
	.arguments = "DEVICE…",
	.brief = N_("give devices back to their host drivers now"),
	.summary = N_(
		"Give DEVICE back from vfio-pci to its host driver, now. All functions named, or "
		"none.\n"
		"Exit status: 0 done, 2 failed (put back)."),
	.options = NULL,
	.option_count = 0,
	.run = run_attach,
};
