/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of grub.cfg files as grub-mkconfig writes them (Debian 12's 2.06, Fedora's 2.06 and 2.12). */
#ifndef VFIOKIT_TESTS_GRUB_SAMPLES_H
#define VFIOKIT_TESTS_GRUB_SAMPLES_H

#define GRUB_UUID "0f6d6b1c-5f2e-4b7e-9c59-3c7f1e0a8d11"

/* /etc/grub.d/00_header; what `set default` gets where no next_entry is saved. */
#define GRUB_HEADER(default_entry)                                                                 \
	"### BEGIN /etc/grub.d/00_header ###\n"                                                    \
	"if [ -s $prefix/grubenv ]; then\n  set have_grubenv=true\n  load_env\nfi\n"               \
	"if [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\n"                      \
	"   set next_entry=\n   save_env next_entry\n   set boot_once=true\n"                      \
	"else\n   set default=\"" default_entry "\"\nfi\n\n"                                       \
	"if [ x\"${feature_menuentry_id}\" = xy ]; then\n  menuentry_id_option=\"--id\"\n"         \
	"else\n  menuentry_id_option=\"\"\nfi\n\nexport menuentry_id_option\n\n"                   \
	"if [ \"${prev_saved_entry}\" ]; then\n  set saved_entry=\"${prev_saved_entry}\"\n"        \
	"  save_env saved_entry\n  set prev_saved_entry=\n  save_env prev_saved_entry\n"           \
	"  set boot_once=true\nfi\n\n"                                                             \
	"function savedefault {\n  if [ -z \"${boot_once}\" ]; then\n"                             \
	"    saved_entry=\"${chosen}\"\n    save_env saved_entry\n  fi\n}\n"                       \
	"function load_video {\n  if [ x$feature_all_video_module = xy ]; then\n"                  \
	"    insmod all_video\n  else\n    insmod efi_gop\n  fi\n}\n\n"                            \
	"if loadfont unicode ; then\n  set gfxmode=auto\n  load_video\n  insmod gfxterm\n"         \
	"  set locale_dir=$prefix/locale\n  set lang=C\n  insmod gettext\nfi\n"                    \
	"terminal_output gfxterm\n"                                                                \
	"if [ \"${recordfail}\" = 1 ] ; then\n  set timeout=30\nelse\n"                            \
	"  if [ x$feature_timeout_style = xy ] ; then\n    set timeout_style=menu\n"               \
	"    set timeout=5\n  # Fallback\n  else\n    set timeout=5\n  fi\nfi\n"                   \
	"### END /etc/grub.d/00_header ###\n\n"

/* One entry's body, the kernel in its own partition or not. */
#define GRUB_BODY(path, version, arguments)                                                        \
	"{\n\tload_video\n\tinsmod gzio\n"                                                         \
	"\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi\n"                   \
	"\tinsmod part_gpt\n\tinsmod ext2\n"                                                       \
	"\tsearch --no-floppy --fs-uuid --set=root " GRUB_UUID "\n"                                \
	"\techo\t'Loading Linux " version " ...'\n"                                                \
	"\tlinux\t" path "/vmlinuz-" version " root=UUID=" GRUB_UUID " ro " arguments "\n"         \
	"\techo\t'Loading initial ramdisk ...'\n\tinitrd\t" path "/initrd.img-" version "\n}\n"

#define GRUB_CLASSES " --class debian --class gnu-linux --class gnu --class os "

/* /etc/grub.d/10_linux with two kernels; arguments stand behind "ro ". */
#define GRUB_LINUX(path, new, old, arguments)                                                                                                                                \
	"### BEGIN /etc/grub.d/10_linux ###\nfunction gfxmode {\n\tset gfxpayload=\"${1}\"\n}\n"                                                                             \
	"set linux_gfx_mode=\nexport linux_gfx_mode\n"                                                                                                                       \
	"menuentry 'Debian GNU/Linux'" GRUB_CLASSES                                                                                                                          \
	"$menuentry_id_option 'gnulinux-simple-" GRUB_UUID "' " GRUB_BODY(                                                                                                   \
		path,                                                                                                                                                        \
		new, arguments) "submenu 'Advanced options for Debian GNU/Linux' "                                                                                           \
				"$menuentry_id_option "                                                                                                                      \
				"'gnulinux-advanced-" GRUB_UUID "' {\n"                                                                                                      \
				"menuentry 'Debian GNU/Linux, with Linux " new "'" GRUB_CLASSES "$menuentry_id_option 'gnulinux-" new "-advanced-" GRUB_UUID "' " GRUB_BODY( \
					path, new, arguments) "menuentry 'Debian GNU/Linux, "                                                                                \
							      "with Linux " new " (recovery "                                                                                \
										"mode)"                                                                                      \
										"'" GRUB_CLASSES                                                                             \
										"$menuentry_id_"                                                                             \
										"option "                                                                                    \
										"'gnulinux-" new "-recovery-" GRUB_UUID "' " GRUB_BODY(                                      \
											path, new,                                                                           \
											"single"                                                                             \
											" ") "m"                                                                             \
											     "e"                                                                             \
											     "n"                                                                             \
											     "u"                                                                             \
											     "e"                                                                             \
											     "n"                                                                             \
											     "t"                                                                             \
											     "r"                                                                             \
											     "y"                                                                             \
											     " "                                                                             \
											     "'"                                                                             \
											     "D"                                                                             \
											     "e"                                                                             \
											     "b"                                                                             \
											     "i"                                                                             \
											     "a"                                                                             \
											     "n"                                                                             \
											     " "                                                                             \
											     "G"                                                                             \
											     "N"                                                                             \
											     "U"                                                                             \
											     "/"                                                                             \
											     "L"                                                                             \
											     "i"                                                                             \
											     "n"                                                                             \
											     "u"                                                                             \
											     "x"                                                                             \
											     ","                                                                             \
											     " "                                                                             \
											     "w"                                                                             \
											     "i"                                                                             \
											     "t"                                                                             \
											     "h"                                                                             \
											     " "                                                                             \
											     "L"                                                                             \
											     "i"                                                                             \
											     "n"                                                                             \
											     "u"                                                                             \
											     "x"                                                                             \
											     " " old                                                                         \
											     "'" GRUB_CLASSES                                                                \
											     "$"                                                                             \
											     "m"                                                                             \
											     "e"                                                                             \
											     "n"                                                                             \
											     "u"                                                                             \
											     "e"                                                                             \
											     "n"                                                                             \
											     "t"                                                                             \
											     "r"                                                                             \
											     "y"                                                                             \
											     "_"                                                                             \
											     "i"                                                                             \
											     "d"                                                                             \
											     "_"                                                                             \
											     "o"                                                                             \
											     "p"                                                                             \
											     "t"                                                                             \
											     "i"                                                                             \
											     "o"                                                                             \
											     "n"                                                                             \
											     " "                                                                             \
											     "'"                                                                             \
											     "g"                                                                             \
											     "n"                                                                             \
											     "u"                                                                             \
											     "l"                                                                             \
											     "i"                                                                             \
											     "n"                                                                             \
											     "u"                                                                             \
											     "x"                                                                             \
											     "-" old                                                                         \
											     "-"                                                                             \
											     "a"                                                                             \
											     "d"                                                                             \
											     "v"                                                                             \
											     "a"                                                                             \
											     "n"                                                                             \
											     "c"                                                                             \
											     "e"                                                                             \
											     "d"                                                                             \
											     "-" GRUB_UUID                                                                   \
											     "'"                                                                             \
											     " " GRUB_BODY(                                                                  \
												     path,                                                                   \
												     old,                                                                    \
												     arguments) "}\n\n### END /etc/grub.d/10_linux ###\n\n"

/* /etc/grub.d/30_os-prober and what stands behind it. */
#define GRUB_OTHERS                                                                                \
	"### BEGIN /etc/grub.d/30_os-prober ###\n"                                                 \
	"menuentry 'Fedora Linux 39 (on /dev/sdb3)' --class fedora --class gnu-linux "             \
	"$menuentry_id_option 'osprober-gnulinux-simple-1111' {\n"                                 \
	"\tsearch --no-floppy --fs-uuid --set=root 11111111-2222-3333-4444-555555555555\n"         \
	"\tlinux /boot/vmlinuz-6.5.6-300.fc39.x86_64 root=/dev/sdb3 intel_iommu=on\n"              \
	"\tinitrd /boot/initramfs-6.5.6-300.fc39.x86_64.img\n}\n"                                  \
	"menuentry 'Windows Boot Manager (on /dev/sda1)' --class windows --class os "              \
	"$menuentry_id_option 'osprober-efi-1A2B-3C4D' {\n"                                        \
	"\tsearch --no-floppy --fs-uuid --set=root 1A2B-3C4D\n"                                    \
	"\tchainloader /EFI/Microsoft/Boot/bootmgfw.efi\n}\n"                                      \
	"### END /etc/grub.d/30_os-prober ###\n\n"                                                 \
	"### BEGIN /etc/grub.d/30_uefi-firmware ###\n"                                             \
	"if [ \"$grub_platform\" = \"efi\" ]; then\n\tfwsetup --is-supported\n"                    \
	"\tif [ \"$?\" = 0 ]; then\n\t\tmenuentry 'UEFI Firmware Settings' "                       \
	"$menuentry_id_option 'uefi-firmware' {\n\t\t\tfwsetup\n\t\t}\n\tfi\nfi\n"                 \
	"### END /etc/grub.d/30_uefi-firmware ###\n\n"                                             \
	"### BEGIN /etc/grub.d/41_custom ###\n"                                                    \
	"if [ -f  ${config_directory}/custom.cfg ]; then\n"                                        \
	"  source ${config_directory}/custom.cfg\n"                                                \
	"elif [ -z \"${config_directory}\" -a -f  $prefix/custom.cfg ]; then\n"                    \
	"  source $prefix/custom.cfg\nfi\n### END /etc/grub.d/41_custom ###\n"

#endif
