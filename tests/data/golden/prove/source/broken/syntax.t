use strict;
use Test::More tests => 1;
ok( $missing, 'syntax' );
