using ScottPlot;
using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Draws points one by one in their order, so that no class lies upon the others as a whole, and labels that keep apart.</summary>
internal sealed class CloudPlottable(Cloud cloud, IReadOnlyList<CloudLabel> labels, float radius) : IPlottable
{
    private const float LabelSize = 19;
    private const int Rounds = 80;

    public bool IsVisible { get; set; } = true;

    public IAxes Axes { get; set; } = new Axes();

    public IEnumerable<ScottPlot.LegendItem> LegendItems => [];

    /// <summary>Sets limits that hold all points, with the same scale on both axes.</summary>
    public static void SetLimits(Plot plot, Cloud cloud, float width, float height)
    {
        double spanX = cloud.X.Max() - cloud.X.Min();
        double spanY = cloud.Y.Max() - cloud.Y.Min();
        double unit = 1.1 * Math.Max(spanX / width, spanY / height);

        // All points on one: any scale shows that.
        if (!(unit > 0))
        {
            unit = 1;
        }

        double x = (cloud.X.Max() + cloud.X.Min()) / 2;
        double y = (cloud.Y.Max() + cloud.Y.Min()) / 2;
        plot.Axes.SetLimits(x - (unit * width / 2), x + (unit * width / 2), y - (unit * height / 2), y + (unit * height / 2));
    }

    /// <summary>Finds a radius at which clusters read as clusters, and single points can still be seen.</summary>
    public static float Radius(int points, float side) => Math.Clamp(0.26f * side / MathF.Sqrt(points), 1.5f, 5.5f);

    public AxisLimits GetAxisLimits() => AxisLimits.NoLimits;

    public void Render(RenderPack rp)
    {
        var paints = new Dictionary<int, SKPaint>();
        foreach (bool unknown in new[] { true, false })
        {
            for (int i = 0; i < cloud.X.Length; i++)
            {
                int index = cloud.Classes[i];
                if (index < 0 != unknown)
                {
                    continue;
                }

                if (!paints.TryGetValue(index, out SKPaint? paint))
                {
                    paint = Style.Fill(ClassColors.Of(index));
                    paint.Color = paint.Color.WithAlpha(225);
                    paints.Add(index, paint);
                }

                Pixel at = Axes.GetPixel(new Coordinates(cloud.X[i], cloud.Y[i]));
                Marker.Draw(rp.Canvas, ClassColors.Shape(index), at.X, at.Y, radius, paint);
            }
        }

        foreach (SKPaint paint in paints.Values)
        {
            paint.Dispose();
        }

        DrawLabels(rp.Canvas, rp.DataRect);
    }

    private void DrawLabels(SKCanvas canvas, PixelRect data)
    {
        using SKFont font = Style.Font(LabelSize, bold: true);
        var wanted = new SKPoint[labels.Count];
        var boxes = new SKRect[labels.Count];
        for (int i = 0; i < labels.Count; i++)
        {
            Pixel at = Axes.GetPixel(new Coordinates(labels[i].X, labels[i].Y));
            wanted[i] = new SKPoint(at.X, at.Y);
            float half = (font.MeasureText(labels[i].Text) / 2) + 4;
            boxes[i] = new SKRect(at.X - half, at.Y - (LabelSize / 2) - 2, at.X + half, at.Y + (LabelSize / 2) + 2);
        }

        for (int round = 0; round < Rounds && PushApart(boxes); round++)
        {
            for (int i = 0; i < boxes.Length; i++)
            {
                boxes[i].Offset(
                    Math.Max(0, data.Left - boxes[i].Left) - Math.Max(0, boxes[i].Right - data.Right),
                    Math.Max(0, data.Top - boxes[i].Top) - Math.Max(0, boxes[i].Bottom - data.Bottom));
            }
        }

        using SKPaint leader = Style.Fill(Style.Ink);
        leader.StrokeWidth = 1;
        for (int i = 0; i < labels.Count; i++)
        {
            if (Math.Abs(boxes[i].MidX - wanted[i].X) > boxes[i].Width / 2 || Math.Abs(boxes[i].MidY - wanted[i].Y) > boxes[i].Height)
            {
                canvas.DrawLine(wanted[i], new SKPoint(boxes[i].MidX, boxes[i].MidY), leader);
            }
        }

        for (int i = 0; i < labels.Count; i++)
        {
            Style.DrawWithHalo(canvas, labels[i].Text, boxes[i].MidX, boxes[i].MidY + (0.36f * LabelSize), SKTextAlign.Center, font, Style.Ink);
        }
    }

    /// <summary>Moves boxes that overlap away from each other, along the way that is shorter.</summary>
    private static bool PushApart(SKRect[] boxes)
    {
        bool moved = false;
        for (int i = 0; i < boxes.Length; i++)
        {
            for (int j = i + 1; j < boxes.Length; j++)
            {
                float x = Math.Min(boxes[i].Right, boxes[j].Right) - Math.Max(boxes[i].Left, boxes[j].Left);
                float y = Math.Min(boxes[i].Bottom, boxes[j].Bottom) - Math.Max(boxes[i].Top, boxes[j].Top);
                if (x <= 0 || y <= 0)
                {
                    continue;
                }

                moved = true;
                float step = (Math.Min(x, y) / 2) + 0.5f;
                SKPoint way = x < y
                    ? new SKPoint(boxes[i].MidX < boxes[j].MidX ? step : -step, 0)
                    : new SKPoint(0, boxes[i].MidY < boxes[j].MidY ? step : -step);
                boxes[i].Offset(-way.X, -way.Y);
                boxes[j].Offset(way);
            }
        }

        return moved;
    }
}
