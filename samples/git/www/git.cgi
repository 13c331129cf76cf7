#!/bin/sh
exec git http-backend
