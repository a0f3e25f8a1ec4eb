/* A peer: cairo, and pixman under it, without their headers: what is used of them is declared here.
   Started with a scene as `screen/cairo.rs` writes it; reads lines "paint COUNT UNIT", "glyphs COUNT" or "over WIDTH HEIGHT COUNT UNIT"
   and answers each with "FIGURE 0": processor time for each painting in units of so many nanoseconds, millions of glyphs a second. "show
   FILE" writes the picture as PPM. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct cairo cairo_t;
typedef struct surface cairo_surface_t;
typedef struct pattern cairo_pattern_t;
typedef struct font_face cairo_font_face_t;
typedef struct { unsigned long index; double x, y; } cairo_glyph_t;
enum { ARGB32 = 0, RGB24 = 1, A8 = 2, ROUND = 1 };
cairo_surface_t *cairo_image_surface_create(int, int, int);
unsigned char *cairo_image_surface_get_data(cairo_surface_t *);
int cairo_image_surface_get_stride(cairo_surface_t *);
void cairo_surface_flush(cairo_surface_t *);
void cairo_surface_mark_dirty(cairo_surface_t *);
cairo_t *cairo_create(cairo_surface_t *);
void cairo_destroy(cairo_t *);
void cairo_rectangle(cairo_t *, double, double, double, double);
void cairo_clip(cairo_t *);
void cairo_fill(cairo_t *);
void cairo_fill_preserve(cairo_t *);
void cairo_stroke(cairo_t *);
void cairo_paint(cairo_t *);
void cairo_new_sub_path(cairo_t *);
void cairo_arc(cairo_t *, double, double, double, double, double);
void cairo_close_path(cairo_t *);
void cairo_move_to(cairo_t *, double, double);
void cairo_line_to(cairo_t *, double, double);
void cairo_set_line_width(cairo_t *, double);
void cairo_set_line_cap(cairo_t *, int);
void cairo_set_source(cairo_t *, cairo_pattern_t *);
void cairo_set_source_rgba(cairo_t *, double, double, double, double);
void cairo_mask_surface(cairo_t *, cairo_surface_t *, double, double);
cairo_pattern_t *cairo_pattern_create_linear(double, double, double, double);
void cairo_pattern_add_color_stop_rgb(cairo_pattern_t *, double, double, double, double);
cairo_font_face_t *cairo_ft_font_face_create_for_ft_face(void *, int);
void cairo_set_font_face(cairo_t *, cairo_font_face_t *);
void cairo_set_font_size(cairo_t *, double);
void cairo_show_glyphs(cairo_t *, const cairo_glyph_t *, int);
int FT_Init_FreeType(void **);
int FT_New_Face(void *, const char *, long, void **);
unsigned FT_Get_Char_Index(void *, unsigned long);
typedef struct image pixman_image_t;
pixman_image_t *pixman_image_create_bits(int, int, int, uint32_t *, int);
void pixman_image_composite32(int, pixman_image_t *, pixman_image_t *, pixman_image_t *, int, int, int, int, int, int, int, int);
enum { OVER = 3, A8R8G8B8 = 0x20028888 };

enum { TEXT_MAX = 256, DESKS_MAX = 2 };
typedef struct { double x, y, w, h; } rect_t;
typedef struct { char kind; rect_t at; double radius; unsigned fill, stroke; int count; cairo_glyph_t *glyphs; cairo_surface_t *mask; } shape_t;
typedef struct { shape_t *shapes; int count; } desk_t;

static int width, height;
static rect_t area;
static unsigned top_color, bottom_color;
static double cell, baseline;
static desk_t desks[DESKS_MAX];
static int desk_count;
static cairo_surface_t *screen;
static cairo_font_face_t *face;
static void *freetype_face;

static double cpu_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static double part(unsigned color, int shift) { return (color >> shift & 255) / 255.0; }

static void source(cairo_t *c, unsigned color) {
    cairo_set_source_rgba(c, part(color, 16), part(color, 8), part(color, 0), part(color, 24));
}

static void round_path(cairo_t *c, rect_t r, double radius) {
    const double quarter = 1.5707963267948966;
    cairo_new_sub_path(c);
    cairo_arc(c, r.x + r.w - radius, r.y + radius, radius, -quarter, 0);
    cairo_arc(c, r.x + r.w - radius, r.y + r.h - radius, radius, 0, quarter);
    cairo_arc(c, r.x + radius, r.y + r.h - radius, radius, quarter, 2 * quarter);
    cairo_arc(c, r.x + radius, r.y + radius, radius, 2 * quarter, 3 * quarter);
    cairo_close_path(c);
}

static void draw(cairo_t *c, const shape_t *s) {
    rect_t r = s->at;
    switch (s->kind) {
    case 'b':
        if (s->radius > 0) round_path(c, r, s->radius);
        else cairo_rectangle(c, r.x, r.y, r.w, r.h);
        source(c, s->fill);
        cairo_fill(c);
        if (s->stroke) {
            rect_t inner = { r.x + 0.5, r.y + 0.5, r.w - 1, r.h - 1 };
            round_path(c, inner, s->radius - 0.5);
            source(c, s->stroke);
            cairo_set_line_width(c, 1);
            cairo_stroke(c);
        }
        break;
    case 't':
        source(c, s->fill);
        cairo_show_glyphs(c, s->glyphs, s->count);
        break;
    case 'l':
        source(c, s->fill);
        cairo_set_line_width(c, s->radius);
        cairo_move_to(c, r.x + 0.5, r.y + 0.5);
        cairo_line_to(c, r.w + 0.5, r.h + 0.5);
        cairo_stroke(c);
        break;
    case 'c':
        source(c, s->fill);
        cairo_arc(c, r.x + r.w / 2, r.y + r.h / 2, r.w / 2, 0, 6.283185307179586);
        cairo_fill(c);
        break;
    case 's':
        source(c, s->fill);
        cairo_mask_surface(c, s->mask, r.x, r.y);
        break;
    }
}

static cairo_t *begin(void) {
    cairo_t *c = cairo_create(screen);
    cairo_set_font_face(c, face);
    cairo_set_font_size(c, cell / 0.6);
    cairo_set_line_cap(c, ROUND);
    cairo_rectangle(c, area.x, area.y, area.w, area.h);
    cairo_clip(c);
    return c;
}

static void paint(const desk_t *desk, cairo_pattern_t *wallpaper) {
    cairo_t *c = begin();
    cairo_set_source(c, wallpaper);
    cairo_paint(c);
    for (int i = 0; i < desk->count; i++) draw(c, &desk->shapes[i]);
    cairo_destroy(c);
}

static void load(const char *path) {
    FILE *file = fopen(path, "r");
    char kind, text[TEXT_MAX], font[4096];
    if (!file || fscanf(file, "%d %d %lf %lf %lf %lf %x %x %lf %lf %4095s", &width, &height, &area.x, &area.y, &area.w,
            &area.h, &top_color, &bottom_color, &cell, &baseline, font) != 11) exit(1);
    void *library;
    if (FT_Init_FreeType(&library) || FT_New_Face(library, font, 0, &freetype_face)) exit(1);
    face = cairo_ft_font_face_create_for_ft_face(freetype_face, 0);
    while (fscanf(file, " %c", &kind) == 1) {
        if (kind == 'd') {
            if (desk_count++ == DESKS_MAX) exit(1);
            continue;
        }
        desk_t *desk = &desks[desk_count - 1];
        desk->shapes = realloc(desk->shapes, (desk->count + 1) * sizeof(shape_t));
        shape_t *s = &desk->shapes[desk->count++];
        memset(s, 0, sizeof *s);
        s->kind = kind;
        if (fscanf(file, "%lf %lf %lf %lf %lf %x %x", &s->at.x, &s->at.y, &s->at.w, &s->at.h, &s->radius, &s->fill, &s->stroke) != 7) exit(1);
        if (kind == 't') {
            if (fscanf(file, "%255s", text) != 1) exit(1);
            s->count = strlen(text);
            s->glyphs = malloc(s->count * sizeof *s->glyphs);
            for (int i = 0; i < s->count; i++) {
                cairo_glyph_t glyph = { FT_Get_Char_Index(freetype_face, text[i]), s->at.x + cell * i, s->at.y + baseline };
                s->glyphs[i] = glyph;
            }
        } else if (kind == 's') {
            int w = s->at.w, h = s->at.h;
            s->mask = cairo_image_surface_create(A8, w, h);
            unsigned char *data = cairo_image_surface_get_data(s->mask);
            int stride = cairo_image_surface_get_stride(s->mask);
            for (int i = 0; i < w * h; i++) {
                unsigned cover;
                if (fscanf(file, "%2x", &cover) != 1) exit(1);
                data[i / w * stride + i % w] = cover;
            }
            cairo_surface_mark_dirty(s->mask);
        }
    }
    fclose(file);
}

static void show(const char *path) {
    FILE *file = fopen(path, "w");
    if (!file) return;
    cairo_surface_flush(screen);
    fprintf(file, "P6 %d %d 255\n", width, height);
    for (int y = 0; y < height; y++) {
        uint32_t *row = (uint32_t *)(cairo_image_surface_get_data(screen) + y * cairo_image_surface_get_stride(screen));
        for (int x = 0; x < width; x++) fprintf(file, "%c%c%c", row[x] >> 16, row[x] >> 8, row[x]);
    }
    fclose(file);
}

static double over(int w, int h, int count) {
    uint32_t *under = malloc(4L * w * h), *layer = malloc(4L * w * h);
    uint64_t state = 1;
    for (long i = 0; i < (long)w * h; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t color = state >> 32, alpha = state >> 24 & 255, made = alpha << 24;
        for (int shift = 0; shift < 24; shift += 8) made |= ((color >> shift & 255) * alpha / 255) << shift;
        layer[i] = made;
        under[i] = 0xFF204060;
    }
    pixman_image_t *from = pixman_image_create_bits(A8R8G8B8, w, h, layer, 4 * w);
    pixman_image_t *to = pixman_image_create_bits(A8R8G8B8, w, h, under, 4 * w);
    double start = cpu_ns();
    for (int i = 0; i < count; i++) pixman_image_composite32(OVER, from, NULL, to, 0, 0, 0, 0, 0, 0, w, h);
    double ns = (cpu_ns() - start) / count;
    free(under);
    free(layer);
    return ns;
}

int main(int words, char **word) {
    char line[4096], path[4096];
    int count, w, h;
    if (words > 1) load(word[1]);
    screen = cairo_image_surface_create(RGB24, width > 0 ? width : 1, height > 0 ? height : 1);
    cairo_pattern_t *wallpaper = cairo_pattern_create_linear(0, 0, 0, height);
    cairo_pattern_add_color_stop_rgb(wallpaper, 0, part(top_color, 16), part(top_color, 8), part(top_color, 0));
    cairo_pattern_add_color_stop_rgb(wallpaper, 1, part(bottom_color, 16), part(bottom_color, 8), part(bottom_color, 0));
    while (fgets(line, sizeof line, stdin)) {
        double figure = 0, unit;
        if (sscanf(line, "paint %d %lf", &count, &unit) == 2) {
            double start = cpu_ns();
            for (int i = 0; i < count; i++) paint(&desks[i % desk_count], wallpaper);
            figure = (cpu_ns() - start) / count / unit;
        } else if (sscanf(line, "glyphs %d", &count) == 1) {
            cairo_t *c = begin();
            double start = cpu_ns();
            long glyphs = 0;
            for (int i = 0; i < count; i++)
                for (int j = 0; j < desks[0].count; j++)
                    if (desks[0].shapes[j].kind == 't') {
                        draw(c, &desks[0].shapes[j]);
                        glyphs += desks[0].shapes[j].count;
                    }
            figure = glyphs * 1e3 / (cpu_ns() - start);
            cairo_destroy(c);
        } else if (sscanf(line, "over %d %d %d %lf", &w, &h, &count, &unit) == 4) {
            figure = over(w, h, count) / unit;
        } else if (sscanf(line, "show %4095s", path) == 1) {
            show(path);
        } else {
            return 1;
        }
        printf("%f 0\n", figure);
        fflush(stdout);
    }
    return 0;
}
