using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>The colours and sizes that all pictures share. Sizes are in units of the picture, a CSS pixel each.</summary>
internal static class Style
{
    public const float TitleSize = 22;
    public const float TextSize = 16;
    public const float SmallSize = 14;
    public const float Margin = 18;

    // About the data of a plot: the ticks and the labels of its axes.
    public const float Left = 92;
    public const float Bottom = 64;
    public const float Top = 8;

    public const string Ink = "#1f2328";
    public const string Muted = "#57606a";
    public const string Rule = "#e4e7ea";
    public const string Axis = "#8c959f";

    static Style()
    {
        EmbeddedFonts.Install();
    }

    public static Plot NewPlot()
    {
        var plot = new Plot();
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        plot.FigureBackground.Color = Colors.White;
        plot.Grid.MajorLineColor = Color.FromHex(Rule);
        plot.Axes.Color(Color.FromHex(Axis));
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Top.FrameLineStyle.Width = 0;
        foreach (IAxis axis in plot.Axes.GetAxes())
        {
            axis.TickLabelStyle.FontSize = SmallSize;
            axis.TickLabelStyle.ForeColor = Color.FromHex(Ink);
            axis.Label.FontSize = TextSize;
            axis.Label.Bold = false;
            axis.Label.ForeColor = Color.FromHex(Ink);
            axis.TickGenerator = Ticks();
        }

        plot.Axes.Left.Label.OffsetX = -6;

        // ScottPlot's own layout sets the labels of the axes close upon those of the ticks, and leaves room for a title.
        plot.Layout.Fixed(new PixelPadding(Left, Margin, Bottom, Top));
        return plot;
    }

    /// <summary>Ticks at round numbers, none between them.</summary>
    public static NumericAutomatic Ticks(Func<double, string>? format = null)
    {
        var ticks = new NumericAutomatic { MinorTickGenerator = new NoMinorTicks(), MinimumTickSpacing = 44 };
        Func<double, string> plain = ticks.LabelFormatter;

        // Longer numbers would push the axis' label out of the picture.
        ticks.LabelFormatter = format ?? (value => Math.Abs(value) >= 1e5 ? $"{value:0.###E+0}" : plain(value));
        return ticks;
    }

    public static void Render(Plot plot, SKCanvas canvas, SKRect place) =>
        Render(canvas, new PixelRect(place.Left, place.Right, place.Bottom, place.Top), plot.Render);

    /// <summary>Renders once, where ScottPlot would draw all a second time upon the first, since the limits of its axes are new.</summary>
    public static void Render(SKCanvas canvas, PixelRect place, Action<SKCanvas, PixelRect> render)
    {
        using var nowhere = new SKNoDrawCanvas((int)place.Width, (int)place.Height);
        render(nowhere, place);
        render(canvas, place);
    }

    public static SKFont Font(float size, bool bold = false) =>
        new(bold ? EmbeddedFonts.Bold : EmbeddedFonts.Regular, size) { Subpixel = true, Hinting = SKFontHinting.Slight };

    public static SKPaint Fill(string hex) => new() { Color = SKColor.Parse(hex), IsAntialias = true };

    public static SKPaint Line(string hex, float width) => new()
    {
        Color = SKColor.Parse(hex),
        IsAntialias = true,
        IsStroke = true,
        StrokeWidth = width,
        StrokeCap = SKStrokeCap.Round,
        StrokeJoin = SKStrokeJoin.Round,
    };

    /// <summary>Draws a text with a white halo, legible upon points and lines.</summary>
    public static void DrawWithHalo(SKCanvas canvas, string text, float x, float y, SKTextAlign align, SKFont font, string color)
    {
        using SKPaint halo = Fill("#ffffff");
        halo.Style = SKPaintStyle.StrokeAndFill;
        halo.StrokeWidth = 5;
        halo.StrokeJoin = SKStrokeJoin.Round;
        using SKPaint ink = Fill(color);
        canvas.DrawText(text, x, y, align, font, halo);
        canvas.DrawText(text, x, y, align, font, ink);
    }

    /// <summary>Breaks a text into lines between words, and where a word is wider than a line.</summary>
    public static IReadOnlyList<string> Wrap(string text, SKFont font, float width)
    {
        var lines = new List<string>();
        foreach (string paragraph in text.Split('\n'))
        {
            string line = string.Empty;
            foreach (string word in paragraph.Split(' '))
            {
                string longer = line.Length == 0 ? word : $"{line} {word}";
                if (line.Length > 0 && font.MeasureText(longer) > width)
                {
                    lines.Add(Shorten(line, font, width));
                    line = word;
                }
                else
                {
                    line = longer;
                }
            }

            lines.Add(Shorten(line, font, width));
        }

        return lines;
    }

    /// <summary>Cuts a text that is wider than its place, and ends it with an ellipsis.</summary>
    public static string Shorten(string text, SKFont font, float width)
    {
        if (font.MeasureText(text) <= width)
        {
            return text;
        }

        int length = text.Length;
        while (length > 0 && font.MeasureText($"{text.AsSpan(0, length)}…") > width)
        {
            length--;
        }

        return $"{text.AsSpan(0, length).TrimEnd()}…";
    }
}
