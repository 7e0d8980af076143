/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/shell.h"
#include "tests/unit/ask_shell.h"
#include "tests/unit/edit_made.h"

#define A  "GRUB_CMDLINE_LINUX_DEFAULT"
#define ON "intel_iommu=on"

struct shell_row {
	const char *text, *changes;
	const char *expected; /* "!ENOTSUP": refused with that code */
};

static int edit(struct arena *arena, const char *text, enum shell_dialect dialect,
		const char *variable, const char *changes, bool append, struct bytes *ret_text)
{
	struct word_changes list = changes_of(arena, changes);
	struct bytes bytes = exact_bytes(text, strlen(text)), result = {0};
	struct error error = {0};
	int r = edit_shell_words(arena, bytes, dialect, variable, &list, append, &result, &error);

	if (r == 0) {
		const char *copy = arena_copy(arena, result.data, result.length);

		*ret_text = (struct bytes){copy, result.length};
	} else {
		assert_null(result.data);
		assert_int_equal(error.code, r);
		assert_true(strlen(error.message) > 10);
	}
	free((void *)(uintptr_t)bytes.data);
	return r;
}

/* -- tables --------------------------------------------------------------------------------------------- */

static void check_row(const struct shell_row *row, enum shell_dialect dialect, const char *variable,
		      bool append)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes result, again;
	int r = edit(arena, row->text, dialect, variable, row->changes, append, &result);

	if (*row->expected == '!') {
		assert_string_equal(code_name(r), row->expected);
		return;
	}
	if (r < 0)
		print_message("refused (%d): %s\n", r, row->text);
	assert_int_equal(r, 0);
	assert_bytes(arena, result, row->expected);
	assert_int_equal(edit(arena, result.data, dialect, variable, row->changes, append, &again),
			 0);
	assert_bytes(arena, again, row->expected);
	assert_shell_agrees(arena, row->expected, dialect != EDIT_SHELL_POSIX, variable);
}

static void check_rows(const struct shell_row *rows, size_t count, enum shell_dialect dialect,
		       const char *variable, bool append)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i], dialect, variable, append);
}

static void test_quoting(void **state)
{
	static const struct shell_row rows[] = {
		{A "=\"quiet\"\n", "+" ON, A "=\"quiet " ON "\"\n"},
		{A "='quiet'\n", "+" ON, A "='quiet " ON "'\n"},
		{A "=quiet\n", "+" ON, A "=\"quiet " ON "\"\n"},
		{A "=\"\"\n", "+" ON, A "=\"" ON "\"\n"},
		{A "=''\n", "+" ON, A "='" ON "'\n"},
		{A "=\n", "+" ON, A "=\"" ON "\"\n"},
		{A "=", "+" ON, A "=\"" ON "\""},
		{A "=\" \"\n", "+" ON, A "=\" " ON "\"\n"},
		{A "=\"quiet \"\n", "+" ON, A "=\"quiet " ON " \"\n"},
		{A "=\" quiet\"\n", "+" ON, A "=\" quiet " ON "\"\n"},
		{A "=\"quiet\"", "+" ON, A "=\"quiet " ON "\""},
		{A "=quiet\\ splash\n", "+" ON, A "=quiet\\ splash\" " ON "\"\n"},
		{A "=\"quiet\"' splash'\n", "+" ON, A "=\"quiet\"' splash " ON "'\n"},
		{A "='quiet'\" splash\"\n", "+" ON, A "='quiet'\" splash " ON "\"\n"},
		{A "=\"quiet \"splash\n", "+" ON, A "=\"quiet \"splash\" " ON "\"\n"},
		{A "=\"quiet \\\nsplash\"\n", "+" ON, A "=\"quiet \\\nsplash " ON "\"\n"},
		{A "=\"quiet \\\n\tsplash \\\n\"\n", "+" ON,
		 A "=\"quiet \\\n\tsplash " ON " \\\n\"\n"},
		{A "=\"quiet\nsplash\"\n", "+" ON, A "=\"quiet\nsplash " ON "\"\n"},
		{A "=\"quiet\" # silent\n", "+" ON, A "=\"quiet " ON "\" # silent\n"},
		{A "=quiet # silent\n", "+" ON, A "=\"quiet " ON "\" # silent\n"},
		{"  export " A "=\"quiet\"\n", "+" ON, "  export " A "=\"quiet " ON "\"\n"},
		{"B=1 " A "=\"quiet\" C=2\n", "+" ON, "B=1 " A "=\"quiet " ON "\" C=2\n"},
		{A "=\"quiet\"; B=1\n", "+" ON, A "=\"quiet " ON "\"; B=1\n"},
		{A "=\"cost$\"\n", "+" ON, A "=\"cost$ " ON "\"\n"},
		{A "=\"a -- init\"\n", "+" ON, A "=\"a " ON " -- init\"\n"},
		{A "=\"quiet\"\n", "^" ON, A "=\"" ON " quiet\"\n"},
		{A "=quiet\n", "^" ON, A "=\"" ON " quiet\"\n"},
		{A "=\"  quiet\"\n", "^a=1|^b=2", A "=\"  a=1 b=2 quiet\"\n"},
		{A "=\"quiet\"\n", "+a=1|+b=2|+a=1", A "=\"quiet a=1 b=2\"\n"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), EDIT_SHELL_POSIX, A, false);
	check_rows(rows, ARRAY_SIZE(rows), EDIT_SHELL_BASH, A, false);
}

static void test_removal_and_replacement(void **state)
{
	static const struct shell_row rows[] = {
		{A "=\"quiet " ON "\"\n", "-" ON, A "=\"quiet\"\n"},
		{A "=\"" ON " quiet\"\n", "-" ON, A "=\"quiet\"\n"},
		{A "=\"a  " ON "  b\"\n", "-" ON, A "=\"a  b\"\n"},
		{A "=\"" ON "\"\n", "-" ON, A "=\"\"\n"},
		{A "='" ON "'\n", "-" ON, A "=''\n"},
		{A "=" ON "\n", "-" ON, A "=\n"},
		{A "=\" " ON " \"\n", "-" ON, A "=\"  \"\n"},
		{A "=\"a " ON " b " ON "\"\n", "-" ON, A "=\"a b\"\n"},
		{A "=\"a b c\"\n", "-a|-b", A "=\"c\"\n"},
		{A "=\"a b c\"\n", "-b|-c", A "=\"a\"\n"},
		{A "=\"a b c\"\n", "-a|-b|-c", A "=\"\"\n"},
		{A "=\"a\" # " ON "\n", "-" ON, A "=\"a\" # " ON "\n"},
		{A "=quiet\" " ON "\"\n", "-" ON, A "=quiet\n"},
		{A "=\"quiet \"" ON "\n", "-" ON, A "=\"quiet\"\n"},
		{A "=\"quiet in\"tel_iommu=on\n", "-" ON, A "=\"quiet\"\n"},
		{A "=\"a intel-iommu=on\"\n", "-" ON, A "=\"a\"\n"},
		{A "=\"a intel_iommu=on,sm_on\"\n", "-" ON, A "=\"a intel_iommu=on,sm_on\"\n"},
		{A "=\"a intel_iommu=off b\"\n", "intel_iommu=off>" ON, A "=\"a " ON " b\"\n"},
		{A "=intel_iommu=off\n", "intel_iommu=off>" ON, A "=" ON "\n"},
		{A "='x intel_iommu=off'\n", "intel_iommu=off>" ON, A "='x " ON "'\n"},
		{A "=\"intel_iommu=off a intel_iommu=off\"\n", "intel_iommu=off>" ON,
		 A "=\"" ON " a\"\n"},
		{A "=\"" ON " a intel_iommu=off\"\n", "intel_iommu=off>" ON, A "=\"" ON " a\"\n"},
		{A "=\"quiet\"\n", "intel_iommu=off>" ON, A "=\"quiet " ON "\"\n"},
		{A "=\"iommu=pt quiet\"\n", "+iommu=pt", A "=\"iommu=pt quiet\"\n"},
		{A "=\"a vfio-pci.ids=1:2 b vfio_pci.ids=3:4\"\n",
		 "vfio-pci.ids=1:2>vfio-pci.ids=5:6|-vfio-pci.ids=3:4",
		 A "=\"a vfio-pci.ids=5:6 b\"\n"},
		{A "=\"a b\"\n", "-b|+c", A "=\"a c\"\n"},
		{A "=\"a\"\n", "-a|+c", A "=\"c\"\n"},
		{A "=a\n", "-a|+c", A "=\"c\"\n"},
		{A "=\"a x b\"\n", "-x|^x", A "=\"x a b\"\n"},
		{A "=\"a x\"\n", "-x|+x", A "=\"a x\"\n"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), EDIT_SHELL_POSIX, A, false);
	check_rows(rows, ARRAY_SIZE(rows), EDIT_SHELL_BASH, A, false);
}

static void test_several_assignments(void **state)
{
	static const struct shell_row rows[] = {
		{A "=\"a\"\n" A "=\"b\"\n", "+x", A "=\"a\"\n" A "=\"b x\"\n"},
		{A "=\"x\"\n" A "=\"b\"\n", "+x", A "=\"x\"\n" A "=\"b x\"\n"},
		{A "=\"x\"\n" A "=\"b\"\n", "-x", A "=\"x\"\n" A "=\"b\"\n"},
		{"#" A "=\"quiet\"\n", "+x", "#" A "=\"quiet\"\n" A "=\"x\"\n"},
		{"# " A "=\"x\"\n" A "=\"\"\n", "+x", "# " A "=\"x\"\n" A "=\"x\"\n"},
		{A "=\"a\"\n" A "=\"$" A " b\"\n", "+x", A "=\"a\"\n" A "=\"$" A " b x\"\n"},
		{A "=\"a x\"\n" A "=\"${" A "} b\"\n", "+x", A "=\"a x\"\n" A "=\"${" A "} b\"\n"},
		{A "=\"a x\"\n" A "=\"$" A " b x\"\n", "-x", A "=\"a\"\n" A "=\"$" A " b\"\n"},
		{A "=\"$" A " b\"\n", "+x", A "=\"$" A " b x\"\n"},
		{A "=\"$" A "\"\n", "+x", A "=\"$" A " x\"\n"},
		{A "=\"a\"\n" A "=\"$" A " b\"\n", "^x", A "=\"a\"\n" A "=\"x $" A " b\"\n"},
		{"B=\"x\"\n" A "=\"$B b\"\n", "+x", "B=\"x\"\n" A "=\"$B b\"\n"},
		{"B=\"x\"\n" A "=\"$B b\"\n", "-x", "!ENOTSUP"},
		{"B=\"x\"\n" A "=\"$B b\"\n", "x>y", "!ENOTSUP"},
		{A "=\"$(cat /x) b\"\n", "+x", A "=\"$(cat /x) b x\"\n"},
		{A "=$(cat /x)\n", "+y", A "=$(cat /x)\" y\"\n"},
		{A "=`cat /x`\n", "+y", A "=`cat /x`\" y\"\n"},
		{A "=\"`cat /x`\"\n", "^y", A "=\"y `cat /x`\"\n"},
		{A "=\"$(echo iommu=pt) b\"\n", "-iommu=pt", "!ENOTSUP"},
		{A "=\"`echo iommu=pt` b\"\n", "iommu=pt>x", "!ENOTSUP"},
		{A "=\"$(echo a) b\"\n", "-iommu=pt", A "=\"$(echo a) b\"\n"},
		{A "=\"a $(echo xiommu=pt iommu=ptx)\"\n", "-iommu=pt",
		 A "=\"a $(echo xiommu=pt iommu=ptx)\"\n"},
		{A "=\"a$(echo b) c\"\n", "-c|+d", A "=\"a$(echo b) d\"\n"},
		{A "=\"${X:-y} c\"\n", "+d", A "=\"${X:-y} c d\"\n"},
		{"if true; then\n" A "=\"a\"\nfi\n", "+x", "!ENOTSUP"},
		{A "=\"x\"\nif true; then\n" A "=\"x y\"\nfi\n", "+x",
		 A "=\"x\"\nif true; then\n" A "=\"x y\"\nfi\n"},
		{A "=\"a\"\nif true; then\n" A "=\"x\"\nfi\n", "-x", "!ENOTSUP"},
		{"f() {\n" A "=\"a\"\n}\n", "+x", "!ENOTSUP"},
		{"[ -f /x ] && " A "=\"a\"\n", "+x", "!ENOTSUP"},
		{"case $X in a) " A "=\"a\";; esac\n", "+x", "!ENOTSUP"},
		{"if true; then\nB=1\nfi\n" A "=\"a\"\n", "+x",
		 "if true; then\nB=1\nfi\n" A "=\"a x\"\n"},
		{". /etc/other\n" A "=\"a\"\n", "+x", "!ENOTSUP"},
		{"cat <<E\n" A "=\"a\"\nE\n", "+x", "!ENOTSUP"},
		{A "=\"a\n", "+x", "!ENOTSUP"},
		{A " = \"a\"\n", "+x", "!ENOTSUP"},
		{A "=\"a\"\n", "+x y", "!EINVAL"},
		{A "=\"a\"\n", "+x\ny", "!EINVAL"},
		{A "=\"a\"\n", "+", "!EINVAL"},
		{A "=\"a\"\nunset " A "\n", "+x", A "=\"a\"\nunset " A "\n" A "=\"x\"\n"},
		{A "=\"a\" true\n", "+x", A "=\"a\" true\n" A "=\"x\"\n"},
		{A "=\"a b\"\nB=\"$" A "\"\n", "+x", A "=\"a b x\"\nB=\"$" A "\"\n"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), EDIT_SHELL_POSIX, A, false);
}

static void test_line_ends(void **state)
{
	static const struct shell_row rows[] = {
		{"", "+x", A "=\"x\"\n"},
		{"", "-x", ""},
		{"B=1", "+x", "B=1\n" A "=\"x\"\n"},
		{"B=1\n\n", "+x", "B=1\n\n" A "=\"x\"\n"},
		{"B=1 \\", "+x", "B=1 \\\n\n" A "=\"x\"\n"},
		{"B=1 \\\n", "+x", "B=1 \\\n\n" A "=\"x\"\n"},
		{"# end \\", "+x", "# end \\\n\n" A "=\"x\"\n"},
		{"B=1\r\n" A "=\"quiet\"\r\nC=2\r\n", "+x", "B=1\r\n" A "=\"quiet x\"\r\nC=2\r\n"},
		{A "=quiet\r\nC=2\r\n", "+x", A "=\"quiet x\"\r\nC=2\r\n"},
		{A "=\"quiet x\"\r\n", "-x", A "=\"quiet\"\r\n"},
		{"B=1\r\n", "+x", "B=1\r\n" A "=\"x\"\n"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), EDIT_SHELL_POSIX, A, false);
}

static void test_bash(void **state)
{
	static const struct shell_row rows[] = {
		{A "=\"a\"\n" A "+=\" b\"\n", "+x", A "=\"a\"\n" A "+=\" b x\"\n"},
		{A "=\"a\"\n" A "+=\" b x\"\n", "-x", A "=\"a\"\n" A "+=\" b\"\n"},
		{A "=\"a x\"\n" A "+=\" b\"\n", "-x", A "=\"a\"\n" A "+=\" b\"\n"},
		{A "=\"a x\"\n" A "+=\" b\"\n", "+x", A "=\"a x\"\n" A "+=\" b\"\n"},
		{A "=\"a\"\n" A "+=\"\"\n", "+x", A "=\"a\"\n" A "+=\" x \"\n"},
		{A "=\"a\"\n" A "+=\" x\"\n", "-x", A "=\"a\"\n" A "+=\"\"\n"},
		{A "=\"a\"\n" A "+=\" b\"\n", "^x", A "=\"x a\"\n" A "+=\" b\"\n"},
		{A "=\"a\"\n" A "+=\"b\"\n", "-b", "!ENOTSUP"},
		{A "=\"a\"\n" A "+=\"b\"\n", "+x", A "=\"a\"\n" A "+=\"b x\"\n"},
		{A "=$'quiet splash'\n", "+x", A "=$'quiet splash x'\n"},
		{A "=$'quiet x'\n", "-x", A "=$'quiet'\n"},
		{A "=$'quiet\\tsplash'\n", "+x", A "=$'quiet\\tsplash'\" x\"\n"},
		{A "=$'quiet\\tx'\n", "-x", "!ENOTSUP"},
		{A "=$'it\\'s' # '\n", "+x", A "=$'it\\'s'\" x\" # '\n"},
		{A "=$\"quiet\"\n", "+x", A "=$\"quiet x\"\n"},
		{"declare -x " A "=\"a\"\n", "+x", "declare -x " A "=\"a x\"\n"},
	};
	static const struct shell_row posix[] = {
		{A "=\"a\"\n" A "+=\" b\"\n", "+x", "!ENOTSUP"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), EDIT_SHELL_BASH, A, false);
	check_rows(posix, ARRAY_SIZE(posix), EDIT_SHELL_POSIX, A, false);
}

static void test_appended_lines(void **state)
{
	static const struct shell_row posix[] = {
		{"", "+x|+y", A "=\"$" A " x y\"\n"},
		{"# mine\n", "^x", "# mine\n" A "=\"$" A " x\"\n"},
		{A "=\"$" A " x\"\n", "+x", A "=\"$" A " x\"\n"},
		{A "=\"$" A " x\"\n", "+y", A "=\"$" A " x y\"\n"},
		{A "=\"quiet\"\n", "+x", A "=\"quiet x\"\n"},
		{"", "-x", ""},
		{"", "+pci=a;b", A "=\"$" A " \\\"pci=a;b\\\"\"\n"},
	};
	static const struct shell_row dracut[] = {
		{"", "+vfio|+vfio-pci", "force_drivers+=\" vfio vfio-pci \"\n"},
		{"force_drivers+=\" vfio vfio-pci \"\n", "+vfio_pci",
		 "force_drivers+=\" vfio vfio-pci \"\n"},
		{"force_drivers+=\" vfio \"\n", "+vfio-pci",
		 "force_drivers+=\" vfio vfio-pci \"\n"},
		{"force_drivers+=\" vfio vfio-pci \"\n", "-vfio-pci",
		 "force_drivers+=\" vfio \"\n"},
		{"force_drivers+=\" nvidia \"\n", "^vfio-pci",
		 "force_drivers+=\" vfio-pci nvidia \"\n"},
		{"force_drivers+=\" \"\n", "+vfio", "force_drivers+=\" vfio \"\n"},
		{"force_drivers+=\"\"\n", "+vfio", "force_drivers+=\" vfio \"\n"},
		{"force_drivers+=\" a \"\nforce_drivers+=\" b \"\n", "+c|-a",
		 "force_drivers+=\" \"\nforce_drivers+=\" b c \"\n"},
	};

	(void)state;
	check_rows(posix, ARRAY_SIZE(posix), EDIT_SHELL_POSIX, A, true);
	check_rows(dracut, ARRAY_SIZE(dracut), EDIT_SHELL_BASH, "force_drivers", true);
}

static void test_limine(void **state)
{
	static const struct shell_row rows[] = {
		{"KERNEL_CMDLINE[default]+=\" quiet rw\"\n", "+" ON,
		 "KERNEL_CMDLINE[default]+=\" quiet rw " ON "\"\n"},
		{"KERNEL_CMDLINE[default]=\"root=/dev/sda1\"\nKERNEL_CMDLINE[default]+=\" quiet\"\n"
		 "KERNEL_CMDLINE[lts]=\"a\"\n",
		 "+" ON,
		 "KERNEL_CMDLINE[default]=\"root=/dev/sda1\"\nKERNEL_CMDLINE[default]+=\" quiet " ON
		 "\"\nKERNEL_CMDLINE[lts]=\"a\"\n"},
		{"ESP_PATH=/boot\n", "+" ON,
		 "ESP_PATH=/boot\nKERNEL_CMDLINE[default]+=\" " ON " \"\n"},
		{"KERNEL_CMDLINE[\"default\"]+=\" quiet\"\n", "+" ON, "!ENOTSUP"},
		{"KERNEL_CMDLINE=([default]=\"quiet\")\n", "+" ON, "!ENOTSUP"},
		{"KERNEL_CMDLINE[\"lts\"]+=\" quiet\"\n", "+" ON,
		 "KERNEL_CMDLINE[\"lts\"]+=\" quiet\"\nKERNEL_CMDLINE[default]+=\" " ON " \"\n"},
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), EDIT_SHELL_BASH, "KERNEL_CMDLINE[default]", true);
}

/* -- distributions ------------------------------------------------------------------------------------ */

static void test_distributions(void **state)
{
	static const struct {
		const char *head, *line, *changed, *tail, *variable;
	} files[] = {
		{/* Debian 12, Proxmox VE 8 */
		 "# If you change this file, run 'update-grub' afterwards to update\n"
		 "# /boot/grub/grub.cfg.\n"
		 "# For full documentation of the options in this file, see:\n"
		 "#   info -f grub -n 'Simple configuration'\n\n"
		 "GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\n"
		 "GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`\n",
		 A "=\"quiet\"\n", A "=\"quiet " ON "\"\n",
		 "GRUB_CMDLINE_LINUX=\"\"\n\n"
		 "# If your computer has multiple operating systems installed, then you\n"
		 "# probably want to run os-prober.\n#GRUB_DISABLE_OS_PROBER=false\n\n"
		 "#GRUB_BADRAM=\"0x01234567,0xfefefefe,0x89abcdef,0xefefefef\"\n\n"
		 "#GRUB_TERMINAL=console\n#GRUB_GFXMODE=640x480\n\n"
		 "#GRUB_INIT_TUNE=\"480 440 1\"\n",
		 A},
		{/* Ubuntu 24.04 */
		 "GRUB_DEFAULT=0\nGRUB_TIMEOUT_STYLE=hidden\nGRUB_TIMEOUT=0\n"
		 "GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${NAME:-Ubuntu} ) 2>/dev/null || "
		 "echo "
		 "Ubuntu`\n",
		 A "=\"quiet splash\"\n", A "=\"quiet splash " ON "\"\n",
		 "GRUB_CMDLINE_LINUX=\"\"\n\n# Uncomment to enable BadRAM filtering, modify to "
		 "suit\n",
		 A},
		{/* Fedora */
		 "GRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR=\"$(sed 's, release .*$,,g' "
		 "/etc/system-release)\"\n"
		 "GRUB_DEFAULT=saved\nGRUB_DISABLE_SUBMENU=true\nGRUB_TERMINAL_OUTPUT="
		 "\"console\"\n",
		 "GRUB_CMDLINE_LINUX=\"rhgb quiet\"\n",
		 "GRUB_CMDLINE_LINUX=\"rhgb quiet " ON "\"\n",
		 "GRUB_DISABLE_RECOVERY=\"true\"\nGRUB_ENABLE_BLSCFG=true\n", "GRUB_CMDLINE_LINUX"},
		{/* RHEL 9 on LVM */
		 "GRUB_DISTRIBUTOR=\"$(sed 's, release .*$,,g' /etc/system-release)\"\n",
		 "GRUB_CMDLINE_LINUX=\"crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M "
		 "resume=/dev/mapper/rhel-swap rd.lvm.lv=rhel/root rd.lvm.lv=rhel/swap\"\n",
		 "GRUB_CMDLINE_LINUX=\"crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M "
		 "resume=/dev/mapper/rhel-swap rd.lvm.lv=rhel/root rd.lvm.lv=rhel/swap " ON "\"\n",
		 "GRUB_ENABLE_BLSCFG=true\n", "GRUB_CMDLINE_LINUX"},
		{/* openSUSE */
		 "# Modified by "
		 "YaST2.\nGRUB_DISTRIBUTOR=\nGRUB_DEFAULT=saved\nGRUB_HIDDEN_TIMEOUT=0\n",
		 A "=\"splash=silent resume=/dev/system/swap mitigations=auto quiet "
		   "security=apparmor\"\n",
		 A "=\"splash=silent resume=/dev/system/swap mitigations=auto quiet "
		   "security=apparmor " ON "\"\n",
		 "GRUB_CMDLINE_LINUX=\"\"\nGRUB_TERMINAL=\"gfxterm\"\nSUSE_BTRFS_SNAPSHOT_BOOTING="
		 "\"true\"\nGRUB_CMDLINE_XEN_DEFAULT=\"vga=gfx-1024x768x16\"\n",
		 A},
		{/* Arch */
		 "# GRUB boot loader configuration\n\nGRUB_DEFAULT=0\nGRUB_TIMEOUT=5\n"
		 "GRUB_DISTRIBUTOR=\"Arch\"\n",
		 A "=\"loglevel=3 quiet\"\n", A "=\"loglevel=3 quiet " ON "\"\n",
		 "GRUB_CMDLINE_LINUX=\"\"\nGRUB_PRELOAD_MODULES=\"part_gpt part_msdos\"\n"
		 "#GRUB_COLOR_NORMAL=\"light-blue/black\"\n",
		 A},
		{/* Manjaro: single quotes */
		 "GRUB_DISTRIBUTOR='Manjaro'\n",
		 A "='quiet splash udev.log_priority=3 resume=UUID=1-2'\n",
		 A "='quiet splash udev.log_priority=3 resume=UUID=1-2 " ON "'\n",
		 "GRUB_CMDLINE_LINUX=\"\"\n", A},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		const struct shell_row row = {
			arena_printf(arena, "%s%s%s", files[i].head, files[i].line, files[i].tail),
			"+" ON,
			arena_printf(arena, "%s%s%s", files[i].head, files[i].changed,
				     files[i].tail)};
		const struct shell_row back = {row.expected, "-" ON, row.text};

		check_row(&row, EDIT_SHELL_POSIX, files[i].variable, false);
		check_row(&back, EDIT_SHELL_POSIX, files[i].variable, false);
		check_row(&row, EDIT_SHELL_BASH, files[i].variable, false);
	}
}

/* -- one value ------------------------------------------------------------------------------------------ */

static void test_set(void **state)
{
	static const struct {
		const char *text, *value, *expected;
	} rows[] = {
		{"GRUB_DEFAULT=0\nB=1\n", "saved", "GRUB_DEFAULT=saved\nB=1\n"},
		{"GRUB_DEFAULT=\"0\"\n", "saved", "GRUB_DEFAULT=\"saved\"\n"},
		{"GRUB_DEFAULT='0'\n", "saved", "GRUB_DEFAULT='saved'\n"},
		{"GRUB_DEFAULT=0\n", "1>2", "GRUB_DEFAULT=\"1>2\"\n"},
		{"GRUB_DEFAULT=0 # first\n", "saved", "GRUB_DEFAULT=saved # first\n"},
		{"GRUB_DEFAULT=saved\n", "saved", "GRUB_DEFAULT=saved\n"},
		{"GRUB_DEFAULT=\"a$(b)\"\n", "saved", "GRUB_DEFAULT=\"saved\"\n"},
		{"#GRUB_DEFAULT=0", "saved", "#GRUB_DEFAULT=0\nGRUB_DEFAULT=\"saved\"\n"},
		{"", "$x `y` \"z\" \\", "GRUB_DEFAULT=\"\\$x \\`y\\` \\\"z\\\" \\\\\"\n"},
		{"GRUB_DEFAULT='0'\n", "it's", "GRUB_DEFAULT=\"it's\"\n"},
		{"if x; then GRUB_DEFAULT=1; fi\n", "2",
		 "if x; then GRUB_DEFAULT=1; fi\nGRUB_DEFAULT=\"2\"\n"},
		{"GRUB_DEFAULT=\"0\n", "2", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct bytes result, again;
		struct error error;
		int r = edit_shell_set(arena, bytes_of(rows[i].text), EDIT_SHELL_POSIX,
				       "GRUB_DEFAULT", rows[i].value, &result, &error);

		assert_int_equal(r, rows[i].expected ? 0 : -ENOTSUP);
		if (r < 0)
			continue;
		assert_bytes(arena, result, rows[i].expected);
		assert_shell_agrees(arena, rows[i].expected, false, "GRUB_DEFAULT");
		assert_int_equal(edit_shell_set(arena, result, EDIT_SHELL_POSIX, "GRUB_DEFAULT",
						rows[i].value, &again, &error),
				 0);
		assert_bytes(arena, again, rows[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_removal_and_replacement),
		cmocka_unit_test(test_several_assignments),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_bash),
		cmocka_unit_test(test_appended_lines),
		cmocka_unit_test(test_limine),
		cmocka_unit_test(test_distributions),
		cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests_name("edit_shell", tests, NULL, NULL);
}
