# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the lines that are wider than they had to be: those of more columns than WIDTH with a blank behind the indent
# at which they could have been broken. Evidence, commands and the head of a report are not broken.
#
#   too-wide.pl NAME WIDTH <OUTPUT
use strict;
use warnings;
use utf8;
binmode(STDIN, ':encoding(UTF-8)');
binmode(STDOUT, ':encoding(UTF-8)');
my ($name, $width) = @ARGV;
while (my $line = <STDIN>) {
	chomp $line;
	# Sentences are indented.
	next unless $line =~ /^ {6,}\S/ && $line =~ /\p{Hangul}/;
	my $columns = 0;
	$columns += /[\x{1100}-\x{115f}\x{2e80}-\x{a4cf}\x{ac00}-\x{d7a3}\x{f900}-\x{faff}\x{fe30}-\x{fe6f}\x{ff00}-\x{ff60}]/ ? 2 : 1
		for split //, $line;
	print "$name: $columns columns: $line\n" if $columns > $width && $line =~ /^ +\S+ \S/;
}
