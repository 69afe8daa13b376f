using ScottPlot;
using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Draws images at their places in the plane, each framed in the colour of its class, and moved a little where they lie on one another.</summary>
internal sealed class ThumbnailCloudPlottable(Cloud cloud, IReadOnlyList<ThumbnailPicture> images) : IPlottable
{
    private const int Rounds = 60;
    private const float LeastSide = 14;
    private const float MostSide = 56;
    private const float Frame = 2;

    // So much of the plane the images may cover together.
    private const float Share = 0.42f;

    public bool IsVisible { get; set; } = true;

    public IAxes Axes { get; set; } = new Axes();

    public IEnumerable<ScottPlot.LegendItem> LegendItems => [];

    public AxisLimits GetAxisLimits() => AxisLimits.NoLimits;

    public void Render(RenderPack rp)
    {
        PixelRect data = rp.DataRect;
        float side = Math.Clamp(MathF.Sqrt(Share * data.Width * data.Height / images.Count), LeastSide, MostSide);
        var wanted = new SKPoint[images.Count];
        var places = new SKPoint[images.Count];
        for (int i = 0; i < images.Count; i++)
        {
            Pixel at = Axes.GetPixel(new Coordinates(cloud.X[i], cloud.Y[i]));
            wanted[i] = places[i] = new SKPoint(at.X, at.Y);
        }

        for (int round = 0; round < Rounds && PushApart(places, side); round++)
        {
            for (int i = 0; i < places.Length; i++)
            {
                // They stay near their places, and inside.
                places[i] = new SKPoint(
                    Math.Clamp(places[i].X + (0.03f * (wanted[i].X - places[i].X)), data.Left + (side / 2), data.Right - (side / 2)),
                    Math.Clamp(places[i].Y + (0.03f * (wanted[i].Y - places[i].Y)), data.Top + (side / 2), data.Bottom - (side / 2)));
            }
        }

        for (int i = 0; i < images.Count; i++)
        {
            SKRect place = images[i].Place(places[i].X, places[i].Y, side - (2 * Frame));
            using SKPaint frame = Style.Fill(ClassColors.Of(cloud.Classes[i]));
            rp.Canvas.DrawRoundRect(SKRect.Inflate(place, Frame, Frame), Frame, Frame, frame);
            images[i].Draw(rp.Canvas, place);
        }
    }

    /// <summary>Moves squares that overlap away from each other, along the way that is shorter.</summary>
    private static bool PushApart(SKPoint[] middles, float side)
    {
        // Only what stands in the same or a neighbouring cell of a grid can overlap.
        var cells = new Dictionary<(int, int), List<int>>();
        for (int i = 0; i < middles.Length; i++)
        {
            (int, int) cell = ((int)MathF.Floor(middles[i].X / side), (int)MathF.Floor(middles[i].Y / side));
            if (!cells.TryGetValue(cell, out List<int>? members))
            {
                cells.Add(cell, members = []);
            }

            members.Add(i);
        }

        bool moved = false;
        foreach (((int column, int row), List<int> members) in cells)
        {
            for (int neighbor = 0; neighbor < 9; neighbor++)
            {
                if (!cells.TryGetValue((column - 1 + (neighbor % 3), row - 1 + (neighbor / 3)), out List<int>? others))
                {
                    continue;
                }

                foreach (int i in members)
                {
                    foreach (int j in others.Where(other => other > i))
                    {
                        moved |= PushApart(ref middles[i], ref middles[j], side);
                    }
                }
            }
        }

        return moved;
    }

    private static bool PushApart(ref SKPoint first, ref SKPoint second, float side)
    {
        float x = second.X - first.X;
        float y = second.Y - first.Y;
        float overlapX = side - Math.Abs(x);
        float overlapY = side - Math.Abs(y);
        if (overlapX <= 0.5f || overlapY <= 0.5f)
        {
            return false;
        }

        const float eagerness = 0.3f;
        SKPoint way = overlapX < overlapY
            ? new SKPoint(eagerness * overlapX * (x < 0 ? -1 : 1), 0)
            : new SKPoint(0, eagerness * overlapY * (y < 0 ? -1 : 1));
        first -= way;
        second += way;
        return true;
    }
}
