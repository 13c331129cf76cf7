#!/bin/sh
# Programs start with a mask that lets nobody enter the directories they make; git makes some.
umask 027
exec git http-backend
