using System.Text;
using System.Text.RegularExpressions;
using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>A picture that can be drawn again at any scale, as pixels or as vectors.</summary>
public sealed partial class Picture
{
    private readonly Action<SKCanvas> _draw;

    private Picture(int width, int height, Action<SKCanvas> draw)
    {
        Width = width;
        Height = height;
        _draw = draw;
    }

    /// <summary>Gets the width in CSS pixels.</summary>
    public int Width { get; }

    /// <summary>Gets the height in CSS pixels, that of the heading included.</summary>
    public int Height { get; }

    /// <summary>Draws into pixels.</summary>
    /// <param name="scale">Pixels a unit of <see cref="Width"/>.</param>
    /// <returns>An opaque PNG of (Width × scale, Height × scale).</returns>
    public byte[] ToPng(double scale)
    {
        var info = new SKImageInfo((int)Math.Round(Width * scale), (int)Math.Round(Height * scale), SKColorType.Rgba8888, SKAlphaType.Opaque);
        using SKSurface surface = SKSurface.Create(info)
            ?? throw new InvalidOperationException(
                $"No surface of {info.Width} x {info.Height} pixels could be made. Take a smaller scale than {scale}.");
        surface.Canvas.Scale((float)scale);
        _draw(surface.Canvas);
        using SKPixmap pixels = surface.PeekPixels();
        return Png.Encode(pixels);
    }

    /// <summary>Draws into an SVG document.</summary>
    /// <returns>A document whose texts are texts: a reader without the fonts takes its own.</returns>
    public string ToSvg()
    {
        using var stream = new MemoryStream();
        using (SKCanvas canvas = SKSvgCanvas.Create(SKRect.Create(Width, Height), stream))
        {
            _draw(canvas);
        }

        // Skia indents the texts, numbers what is referred to from where the last document ended, names the one family, and gives a size
        // but no viewBox, without which the picture cannot be scaled.
        string svg = Texts().Replace(Encoding.UTF8.GetString(stream.ToArray()), ">$1</text>");
        var numbers = new Dictionary<string, int>();
        svg = References().Replace(svg, match =>
        {
            // Images and clips are counted apart, so that one number may stand for either.
            string name = match.Groups[2].Value + match.Groups[3].Value;
            numbers.TryAdd(name, numbers.Count);
            return $"{match.Groups[1].Value}{match.Groups[2].Value}{numbers[name]}";
        });
        return new StringBuilder(svg)
            .Replace("font-family=\"Roboto\"", "font-family=\"Roboto, Helvetica, Arial, sans-serif\"")
            .Replace("<svg ", $"<svg viewBox=\"0 0 {Width} {Height}\" ", 0, 200)
            .ToString();
    }

    /// <summary>Puts a heading above a body. The drawing gets the place beneath the heading.</summary>
    internal static Picture Compose(Heading heading, float width, float bodyHeight, Action<SKCanvas, SKRect> draw)
    {
        width = MathF.Ceiling(width);
        float top = heading.Draw(canvas: null, width);
        float height = MathF.Ceiling(top + bodyHeight);
        return new Picture((int)width, (int)height, canvas =>
        {
            using SKPaint white = Style.Fill("#ffffff");
            canvas.DrawRect(0, 0, width, height, white);
            draw(canvas, new SKRect(0, top, width, top + bodyHeight));
            heading.Draw(canvas, width);
        });
    }

    [GeneratedRegex(@">\s+([^<>]*?)\s+</text>")]
    private static partial Regex Texts();

    [GeneratedRegex(@"(\bid=""|\burl\(#|href=""#)([a-z]+_)([0-9a-f]+)\b")]
    private static partial Regex References();
}
