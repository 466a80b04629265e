"""Everything that `fallnetz up` starts on one machine: where its state lies, what runs, who watches over it."""
