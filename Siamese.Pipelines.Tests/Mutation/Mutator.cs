using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Siamese.Mutation;

/// <summary>Writes mutants into a file: every expression or statement that has some becomes a choice between them and itself.</summary>
/// <param name="file">The file's name, for reports.</param>
/// <param name="next">The number of the first mutant.</param>
/// <param name="wanted">Which numbers to write; null writes all.</param>
internal sealed class Mutator(string file, int next, Func<int, bool>? wanted) : CSharpSyntaxRewriter
{
    /// <summary>Names the annotation of a node with the number of its mutant.</summary>
    public const string Annotation = "mutant";

    private static readonly Dictionary<SyntaxKind, (SyntaxKind Kind, SyntaxKind Token)[]> Binaries = new()
    {
        [SyntaxKind.AddExpression] = [(SyntaxKind.SubtractExpression, SyntaxKind.MinusToken)],
        [SyntaxKind.SubtractExpression] = [(SyntaxKind.AddExpression, SyntaxKind.PlusToken)],
        [SyntaxKind.MultiplyExpression] = [(SyntaxKind.DivideExpression, SyntaxKind.SlashToken)],
        [SyntaxKind.DivideExpression] = [(SyntaxKind.MultiplyExpression, SyntaxKind.AsteriskToken)],
        [SyntaxKind.ModuloExpression] = [(SyntaxKind.MultiplyExpression, SyntaxKind.AsteriskToken)],
        [SyntaxKind.LessThanExpression] = [(SyntaxKind.LessThanOrEqualExpression, SyntaxKind.LessThanEqualsToken), (SyntaxKind.GreaterThanOrEqualExpression, SyntaxKind.GreaterThanEqualsToken)],
        [SyntaxKind.LessThanOrEqualExpression] = [(SyntaxKind.LessThanExpression, SyntaxKind.LessThanToken), (SyntaxKind.GreaterThanExpression, SyntaxKind.GreaterThanToken)],
        [SyntaxKind.GreaterThanExpression] = [(SyntaxKind.GreaterThanOrEqualExpression, SyntaxKind.GreaterThanEqualsToken), (SyntaxKind.LessThanOrEqualExpression, SyntaxKind.LessThanEqualsToken)],
        [SyntaxKind.GreaterThanOrEqualExpression] = [(SyntaxKind.GreaterThanExpression, SyntaxKind.GreaterThanToken), (SyntaxKind.LessThanExpression, SyntaxKind.LessThanToken)],
        [SyntaxKind.EqualsExpression] = [(SyntaxKind.NotEqualsExpression, SyntaxKind.ExclamationEqualsToken)],
        [SyntaxKind.NotEqualsExpression] = [(SyntaxKind.EqualsExpression, SyntaxKind.EqualsEqualsToken)],
        [SyntaxKind.LogicalAndExpression] = [(SyntaxKind.LogicalOrExpression, SyntaxKind.BarBarToken)],
        [SyntaxKind.LogicalOrExpression] = [(SyntaxKind.LogicalAndExpression, SyntaxKind.AmpersandAmpersandToken)],
        [SyntaxKind.LeftShiftExpression] = [(SyntaxKind.RightShiftExpression, SyntaxKind.GreaterThanGreaterThanToken)],
        [SyntaxKind.RightShiftExpression] = [(SyntaxKind.LeftShiftExpression, SyntaxKind.LessThanLessThanToken)],
        [SyntaxKind.BitwiseAndExpression] = [(SyntaxKind.BitwiseOrExpression, SyntaxKind.BarToken)],
        [SyntaxKind.BitwiseOrExpression] = [(SyntaxKind.BitwiseAndExpression, SyntaxKind.AmpersandToken)],
    };

    private bool _isStatic;

    public List<Mutant> Found { get; } = [];

    // What is a constant must stay one, and texts of errors are not behavior.
    public override SyntaxNode? VisitAttributeList(AttributeListSyntax node) => node;

    public override SyntaxNode? VisitParameter(ParameterSyntax node) => node;

    public override SyntaxNode? VisitEnumDeclaration(EnumDeclarationSyntax node) => node;

    public override SyntaxNode? VisitThrowStatement(ThrowStatementSyntax node) => node;

    public override SyntaxNode? VisitThrowExpression(ThrowExpressionSyntax node) => node;

    public override SyntaxNode? VisitInterpolatedStringExpression(InterpolatedStringExpressionSyntax node) => node;

    public override SyntaxNode? VisitCaseSwitchLabel(CaseSwitchLabelSyntax node) => node;

    public override SyntaxNode? VisitConstantPattern(ConstantPatternSyntax node) => node;

    public override SyntaxNode? VisitRelationalPattern(RelationalPatternSyntax node) => node;

    public override SyntaxNode? VisitFieldDeclaration(FieldDeclarationSyntax node) =>
        node.Modifiers.Any(SyntaxKind.ConstKeyword) ? node : Static(node.Modifiers.Any(SyntaxKind.StaticKeyword), () => base.VisitFieldDeclaration(node));

    public override SyntaxNode? VisitLocalDeclarationStatement(LocalDeclarationStatementSyntax node) =>
        node.IsConst ? node : base.VisitLocalDeclarationStatement(node);

    public override SyntaxNode? VisitBinaryExpression(BinaryExpressionSyntax node)
    {
        var inner = (BinaryExpressionSyntax)base.VisitBinaryExpression(node)!;
        bool isText = node.DescendantNodesAndSelf().Any(part => part.IsKind(SyntaxKind.StringLiteralExpression) || part.IsKind(SyntaxKind.InterpolatedStringExpression));
        return Binaries.TryGetValue(node.Kind(), out (SyntaxKind Kind, SyntaxKind Token)[]? others) && !isText
            ? Choose(node, inner, [.. others.Select(other => (ExpressionSyntax)SyntaxFactory.BinaryExpression(
                other.Kind, node.Left, SyntaxFactory.Token(other.Token).WithTriviaFrom(node.OperatorToken), node.Right))])
            : inner;
    }

    public override SyntaxNode? VisitPrefixUnaryExpression(PrefixUnaryExpressionSyntax node)
    {
        var inner = (ExpressionSyntax)base.VisitPrefixUnaryExpression(node)!;
        return node.Kind() is SyntaxKind.LogicalNotExpression or SyntaxKind.UnaryMinusExpression
            ? Choose(node, inner, [node.Operand])
            : inner;
    }

    public override SyntaxNode? VisitLiteralExpression(LiteralExpressionSyntax node) => (node.Kind(), node.Token.Value) switch
    {
        (SyntaxKind.TrueLiteralExpression, _) => Choose(node, node, [SyntaxFactory.ParseExpression("false")]),
        (SyntaxKind.FalseLiteralExpression, _) => Choose(node, node, [SyntaxFactory.ParseExpression("true")]),
        (SyntaxKind.NumericLiteralExpression, int or long) => Choose(
            node, node, [SyntaxFactory.ParseExpression($"({node} + 1)"), SyntaxFactory.ParseExpression($"({node} - 1)")]),
        (SyntaxKind.NumericLiteralExpression, float or double) => Choose(node, node, [SyntaxFactory.ParseExpression($"({node} * 2 + 1)")]),
        _ => node,
    };

    public override SyntaxNode? VisitConditionalExpression(ConditionalExpressionSyntax node)
    {
        var inner = (ConditionalExpressionSyntax)base.VisitConditionalExpression(node)!;
        return node.WhenTrue is ThrowExpressionSyntax || node.WhenFalse is ThrowExpressionSyntax
            ? inner
            : Choose(node, inner, [node.WithWhenTrue(node.WhenFalse).WithWhenFalse(node.WhenTrue)]);
    }

    public override SyntaxNode? VisitInvocationExpression(InvocationExpressionSyntax node)
    {
        var inner = (ExpressionSyntax)base.VisitInvocationExpression(node)!;
        if (node.Expression is not MemberAccessExpressionSyntax access)
        {
            return inner;
        }

        string? other = access.Name.Identifier.Text switch
        {
            "Min" => "Max",
            "Max" => "Min",
            "Floor" => "Ceiling",
            "Ceiling" => "Floor",
            "Any" => "All",
            "All" => "Any",
            _ => null,
        };
        return other is null ? inner : Choose(node, inner, [node.WithExpression(access.WithName(SyntaxFactory.IdentifierName(other)))]);
    }

    public override SyntaxNode? VisitExpressionStatement(ExpressionStatementSyntax node)
    {
        var inner = (ExpressionStatementSyntax)base.VisitExpressionStatement(node)!;
        if (node.Expression is not (InvocationExpressionSyntax or AssignmentExpressionSyntax or PostfixUnaryExpressionSyntax))
        {
            return inner;
        }

        // Left out where the mutant is on.
        int number = next++;
        if (wanted?.Invoke(number) == false)
        {
            return inner;
        }

        Found.Add(new Mutant(number, Place(node), $"{Line(node)} → nothing", _isStatic));
        return SyntaxFactory.IfStatement(SyntaxFactory.ParseExpression($"!global::Siamese.Mutation.Switch.Is({number})"), SyntaxFactory.Block(inner))
            .WithAdditionalAnnotations(new SyntaxAnnotation(Annotation, $"{number}"));
    }

    private SyntaxNode? Static(bool isStatic, Func<SyntaxNode?> visit)
    {
        _isStatic = isStatic;
        SyntaxNode? visited = visit();
        _isStatic = false;
        return visited;
    }

    private ExpressionSyntax Choose(ExpressionSyntax original, ExpressionSyntax inner, ExpressionSyntax[] mutants)
    {
        ExpressionSyntax chosen = inner;
        foreach (ExpressionSyntax mutant in mutants)
        {
            int number = next++;
            if (wanted?.Invoke(number) == false)
            {
                continue;
            }

            Found.Add(new Mutant(number, Place(original), $"{Line(original)} → {Line(mutant)}", _isStatic));
            chosen = SyntaxFactory.ParenthesizedExpression(SyntaxFactory.ConditionalExpression(
                    SyntaxFactory.ParseExpression($"global::Siamese.Mutation.Switch.Is({number})"),
                    SyntaxFactory.ParenthesizedExpression(mutant.WithoutTrivia()),
                    SyntaxFactory.ParenthesizedExpression(chosen.WithoutTrivia())))
                .WithAdditionalAnnotations(new SyntaxAnnotation(Annotation, $"{number}"));
        }

        return chosen.WithTriviaFrom(original);
    }

    private string Place(SyntaxNode node) => $"{file}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";

    private static string Line(SyntaxNode node) => string.Join(' ', node.ToString().Split(['\r', '\n', ' '], StringSplitOptions.RemoveEmptyEntries));
}
