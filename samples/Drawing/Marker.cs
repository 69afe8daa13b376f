using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Draws the shapes that <see cref="LegendItem.Shape"/> numbers.</summary>
internal static class Marker
{
    public static void Draw(SKCanvas canvas, int shape, float x, float y, float radius, SKPaint paint)
    {
        switch (shape)
        {
            case 0:
                canvas.DrawCircle(x, y, radius, paint);
                break;
            case 1:
                canvas.DrawRect(x - (0.9f * radius), y - (0.9f * radius), 1.8f * radius, 1.8f * radius, paint);
                break;
            case 2:
                Polygon(canvas, x, y, radius, paint, (0, -1.1f), (1.1f, 0.9f), (-1.1f, 0.9f));
                break;
            case 3:
                Polygon(canvas, x, y, radius, paint, (0, -1.25f), (1.25f, 0), (0, 1.25f), (-1.25f, 0));
                break;
            case 4:
                Polygon(canvas, x, y, radius, paint, (0, 1.1f), (1.1f, -0.9f), (-1.1f, -0.9f));
                break;
            case LegendItem.Tick:
                Tick(canvas, x, y, radius, paint);
                break;
            default:
                Cross(canvas, x, y, radius, paint);
                break;
        }
    }

    private static void Polygon(
        SKCanvas canvas, float x, float y, float radius, SKPaint paint, params ReadOnlySpan<(float Right, float Down)> corners)
    {
        using var path = new SKPath();
        path.MoveTo(x + (radius * corners[0].Right), y + (radius * corners[0].Down));
        foreach ((float right, float down) in corners[1..])
        {
            path.LineTo(x + (radius * right), y + (radius * down));
        }

        path.Close();
        canvas.DrawPath(path, paint);
    }

    private static void Cross(SKCanvas canvas, float x, float y, float radius, SKPaint paint)
    {
        float arm = 0.8f * radius;
        paint.StrokeWidth = 0.5f * radius;
        canvas.DrawLine(x - arm, y - arm, x + arm, y + arm, paint);
        canvas.DrawLine(x - arm, y + arm, x + arm, y - arm, paint);
    }

    private static void Tick(SKCanvas canvas, float x, float y, float radius, SKPaint paint)
    {
        paint.StrokeWidth = 0.5f * radius;
        (float X, float Y) bend = (x - (0.2f * radius), y + (0.7f * radius));
        canvas.DrawLine(x - (0.85f * radius), y, bend.X, bend.Y, paint);
        canvas.DrawLine(bend.X, bend.Y, x + (0.9f * radius), y - (0.7f * radius), paint);
    }
}
