#ifndef RLS_CREADLINE_H
#define RLS_CREADLINE_H
#endif
