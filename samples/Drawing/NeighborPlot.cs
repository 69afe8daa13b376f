using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Draws queries with their neighbours.</summary>
public static class NeighborPlot
{
    private const float WidestPicture = 1100;
    private const float LeastSide = 56;
    private const float MostSide = 104;
    private const float Gap = 14;
    private const float QueryGap = 44;
    private const float HeaderLine = 24;
    private const float Frame = 4;
    private const float Badge = 10;

    /// <summary>Draws a row for each query: its image, a rule, and its neighbours, each framed and marked as right or wrong.</summary>
    public static Picture Draw(Heading heading, IReadOnlyList<NeighborRow> rows)
    {
        int most = Math.Max(1, rows.Max(row => row.Neighbors.Count));
        float side = (WidestPicture - (2 * Style.Margin) - QueryGap - ((most - 1) * Gap)) / (most + 1);
        side = MathF.Floor(Math.Clamp(side, LeastSide, MostSide));
        int lines = rows.Max(row => row.Neighbors.Select(neighbor => neighbor.Cell).Append(row.Query).Max(cell => cell.Caption.Count));
        float height = side + 8 + (lines * ThumbnailCell.CaptionLine) + 18;
        float width = (2 * Style.Margin) + side + QueryGap + (most * (side + Gap)) - Gap;
        return Picture.Compose(heading, Math.Max(460, width), HeaderLine + (rows.Count * height), (canvas, place) =>
        {
            float first = Style.Margin + side + QueryGap;
            DrawHeader(canvas, place.Top, side, first, most);
            for (int i = 0; i < rows.Count; i++)
            {
                float top = place.Top + HeaderLine + (i * height);
                DrawRow(canvas, rows[i], top, side, first);
            }
        });
    }

    private static void DrawHeader(SKCanvas canvas, float top, float side, float first, int most)
    {
        using SKPaint ink = Style.Fill(Style.Muted);
        using SKFont font = Style.Font(Style.SmallSize);
        canvas.DrawText("query", Style.Margin + (side / 2), top + 14, SKTextAlign.Center, font, ink);
        for (int i = 0; i < most; i++)
        {
            canvas.DrawText($"{i + 1}", first + (i * (side + Gap)) + (side / 2), top + 14, SKTextAlign.Center, font, ink);
        }
    }

    private static void DrawRow(SKCanvas canvas, NeighborRow row, float top, float side, float first)
    {
        float middle = top + (side / 2);
        SKRect place = row.Query.Image.Place(Style.Margin + (side / 2), middle, side);
        row.Query.Image.Draw(canvas, place);
        row.Query.Write(canvas, Style.Margin + (side / 2), top + side + 6, side + Gap - 4);
        using SKPaint rule = Style.Line(Style.Axis, 1);
        canvas.DrawRect(place, rule);
        canvas.DrawLine(first - (QueryGap / 2), top, first - (QueryGap / 2), top + side, rule);
        for (int i = 0; i < row.Neighbors.Count; i++)
        {
            float x = first + (i * (side + Gap)) + (side / 2);
            DrawNeighbor(canvas, row.Neighbors[i], x, middle, side);
            row.Neighbors[i].Cell.Write(canvas, x, top + side + 6, side + Gap - 4);
        }
    }

    private static void DrawNeighbor(SKCanvas canvas, NeighborCell neighbor, float x, float y, float side)
    {
        string color = neighbor.IsRight ? ClassColors.Right : ClassColors.Wrong;
        ThumbnailPicture image = neighbor.Cell.Image;
        SKRect place = image.Place(x, y, side - (2 * Frame));
        SKRect framed = SKRect.Inflate(place, Frame, Frame);
        using SKPaint fill = Style.Fill(color);
        canvas.DrawRoundRect(framed, Frame, Frame, fill);
        image.Draw(canvas, place);
        float right = framed.Right - Badge + 3;
        float bottom = framed.Bottom - Badge + 3;
        using SKPaint white = Style.Fill("#ffffff");
        canvas.DrawCircle(right, bottom, Badge + 1.5f, white);
        canvas.DrawCircle(right, bottom, Badge, fill);
        Marker.Draw(canvas, neighbor.IsRight ? LegendItem.Tick : LegendItem.Cross, right, bottom, 0.6f * Badge, white);
    }
}
