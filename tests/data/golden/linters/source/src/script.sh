#!/bin/bash
cd $1
for file in $(ls *.txt); do
  echo $file
done
if [ $unset == 1 ]; then echo "a & b"; fi
