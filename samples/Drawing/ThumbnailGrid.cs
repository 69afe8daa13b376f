using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Draws images in rows.</summary>
public static class ThumbnailGrid
{
    private const float Side = 112;
    private const float Gap = 10;
    private const float Arrow = 36;
    private const float WidestCaption = 180;

    /// <summary>Draws the cells row by row, all images at one size, small ones with their pixels kept square, each cell with its caption.</summary>
    public static Picture Draw(Heading heading, IReadOnlyList<ThumbnailCell> cells, int columns)
    {
        bool pairs = cells.Any(cell => cell.After is not null);
        float gap = pairs ? 2 * Gap : Gap;
        float inner = Math.Max(pairs ? (2 * Side) + Arrow : Side, Math.Min(ThumbnailCell.Widest(cells), WidestCaption));
        float cellWidth = inner + (2 * gap);
        float cellHeight = Side + 6 + (ThumbnailCell.CaptionLine * cells.Max(cell => cell.Caption.Count)) + (2 * Gap);
        int rows = (cells.Count + columns - 1) / columns;
        float left = Style.Margin - gap;
        return Picture.Compose(heading, Math.Max(460, (columns * cellWidth) + (2 * left)), (rows * cellHeight) + Gap, (canvas, place) =>
        {
            for (int i = 0; i < cells.Count; i++)
            {
                float middle = left + (((i % columns) + 0.5f) * cellWidth);
                float top = place.Top + (i / columns * cellHeight);
                DrawImages(canvas, cells[i], middle, top + (Side / 2));
                cells[i].Write(canvas, middle, top + Side + 6, inner);
            }
        });
    }

    private static void DrawImages(SKCanvas canvas, ThumbnailCell cell, float x, float y)
    {
        SKRect place = cell.Image.Place(x, y, Side);
        if (cell.After is null)
        {
            DrawFramed(canvas, cell.Image, place);
            return;
        }

        // Both close to the arrow, however narrow they are.
        place.Offset(-(place.Width + Arrow) / 2, 0);
        DrawFramed(canvas, cell.Image, place);
        SKRect after = cell.After.Place(x, y, Side);
        after.Offset((after.Width + Arrow) / 2, 0);
        DrawFramed(canvas, cell.After, after);
        DrawArrow(canvas, x, y);
    }

    private static void DrawFramed(SKCanvas canvas, ThumbnailPicture image, SKRect place)
    {
        image.Draw(canvas, place);
        using SKPaint frame = Style.Fill(Style.Axis);
        frame.IsStroke = true;
        canvas.DrawRect(place, frame);
    }

    private static void DrawArrow(SKCanvas canvas, float x, float y)
    {
        using SKPaint paint = Style.Line(Style.Muted, 2);
        canvas.DrawLine(x - 9, y, x + 9, y, paint);
        using var head = new SKPath();
        head.MoveTo(x + 3, y - 6);
        head.LineTo(x + 9, y);
        head.LineTo(x + 3, y + 6);
        canvas.DrawPath(head, paint);
    }
}
