/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confine_calls.h"
#include "preflight/base.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

#ifdef ARCHITECTURE

/* Beyond them are those of the x32 ABI. */
enum { FIRST_FOREIGN_CALL = 0x40000000 };

/* Whatever they are given, they change something. */
static const uint32_t changing_calls[] = {
#ifdef SYS_creat
	SYS_creat,
	SYS_mkdir,
	SYS_rmdir,
	SYS_unlink,
	SYS_rename,
	SYS_link,
	SYS_symlink,
	SYS_mknod,
	SYS_chmod,
	SYS_chown,
	SYS_lchown,
	SYS_utime,
	SYS_utimes,
	SYS_futimesat,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
	SYS_renameat2,
	SYS_mkdirat,
	SYS_unlinkat,
	SYS_linkat,
	SYS_symlinkat,
	SYS_mknodat,
	SYS_truncate,
	SYS_ftruncate,
	SYS_fallocate,
	SYS_fchmod,
	SYS_fchmodat,
	SYS_fchown,
	SYS_fchownat,
	SYS_utimensat,
	SYS_setxattr,
	SYS_lsetxattr,
	SYS_fsetxattr,
	SYS_removexattr,
	SYS_lremovexattr,
	SYS_fremovexattr,
	SYS_open_by_handle_at,
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_move_mount,
	SYS_open_tree,
	SYS_fsopen,
	SYS_fsmount,
	SYS_swapon,
	SYS_swapoff,
	SYS_acct,
	SYS_quotactl,
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_kexec_load,
	SYS_reboot,
	SYS_bpf,
#ifndef __SANITIZE_ADDRESS__ /* its search for leaks needs it */
	SYS_ptrace,
#endif
	SYS_process_vm_writev,
	452, /* fchmodat2, the same number everywhere (Linux 6.6) */
};

#define FIELD(name) ((uint32_t)offsetof(struct seccomp_data, name))
#define LOAD(name)  ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(name)))
#define JUMP_UNLESS(test, value, over)                                                             \
	((struct sock_filter)BPF_JUMP(BPF_JMP | (test) | BPF_K, (uint32_t)(value), 0, (over)))
#define ANSWER(value) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (uint32_t)(value)))
#define REFUSE(code)  ANSWER(SECCOMP_RET_ERRNO | (code))

enum { WRITING_FLAGS = O_ACCMODE | O_CREAT | O_TRUNC };

struct program {
	struct sock_filter steps[3 * ARRAY_SIZE(changing_calls) + 32];
	unsigned short count;
};

static void add(struct program *program, struct sock_filter step)
{
	program->steps[program->count++] = step;
}

/* The number is loaded before and after. */
static void refuse_call(struct program *program, uint32_t call, uint32_t code)
{
	add(program, JUMP_UNLESS(BPF_JEQ, call, 1));
	add(program, REFUSE(code));
}

static void refuse_writing(struct program *program, uint32_t call, struct sock_filter load_flags)
{
	add(program, JUMP_UNLESS(BPF_JEQ, call, 4));
	add(program, load_flags);
	add(program, JUMP_UNLESS(BPF_JSET, WRITING_FLAGS, 1));
	add(program, REFUSE(EACCES));
	add(program, ANSWER(SECCOMP_RET_ALLOW));
}

int confine_system_calls(void)
{
	struct program program = {0};
	struct sock_fprog filter = {.filter = program.steps};

	add(&program, LOAD(arch));
	add(&program, JUMP_UNLESS(BPF_JEQ, ARCHITECTURE, 1));
	add(&program, LOAD(nr));
	/* Calls of another architecture land here with its code still loaded: beyond any number. */
	add(&program, JUMP_UNLESS(BPF_JGE, FIRST_FOREIGN_CALL, 1));
	add(&program, REFUSE(EACCES));
	for (size_t i = 0; i < ARRAY_SIZE(changing_calls); i++)
		refuse_call(&program, changing_calls[i], EACCES);
	refuse_call(&program, SYS_openat2, EPERM);
	refuse_call(&program, SYS_io_uring_setup, ENOSYS);
#ifdef SYS_open
	refuse_writing(&program, SYS_open, LOAD(args[1]));
#endif
	refuse_writing(&program, SYS_openat, LOAD(args[2]));
	add(&program, ANSWER(SECCOMP_RET_ALLOW));
	filter.len = program.count;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0 ? -errno : 0;
}

#else

int confine_system_calls(void)
{
	return -ENOTSUP;
}

#endif
