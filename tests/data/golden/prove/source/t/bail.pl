use Test::More tests => 2;
ok( 1, 'first' );
BAIL_OUT('no database');
