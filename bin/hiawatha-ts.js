#!/usr/bin/env node
/*
 * The door: looks at the version of Node before anything else is read.
 *
 * Written so that Node 12 and later can parse it, and without a static import, so that an old Node gets to the message
 * below and not to a syntax error.
 */
if (parseInt(process.versions.node, 10) < 24) import('./older-node.js');
else import('./start.js');
